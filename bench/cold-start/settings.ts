import { hostEnvironment } from '../../dev/machine/host-environment.ts';

/** A complete environment, so that everything is composed. Nothing listens at the database's address. */
export const environment = hostEnvironment({
  url: 'http://127.0.0.1:9',
  secretKey: 'sb_secret_of_nobody',
});

/** The path that node and workerd serve. Supabase's gateway strips its beginning. */
export const publicBasePath = '/functions/v1/crm-api';
