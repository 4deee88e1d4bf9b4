import { hostEnvironment } from '../../dev/machine/host-environment.ts';

/** Whole, so that everything is composed; nobody listens where the database would be. */
export const environment = hostEnvironment({
  url: 'http://127.0.0.1:9',
  secretKey: 'sb_secret_of_nobody',
});

/** What node and workerd serve; Supabase's gateway strips the beginning of it. */
export const publicBasePath = '/functions/v1/crm-api';
