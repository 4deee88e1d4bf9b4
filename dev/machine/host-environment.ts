import type { Database } from '../database.ts';
import { demoData } from '../demo-data.ts';

/** Supabase's gateway strips the beginning of this path before the function sees it. */
export const publicUrl = 'https://crm.example/functions/v1/crm-api';

/** The function's configuration on every host: the demo's keys, and the given database. */
export const hostEnvironment = ({ url, secretKey }: Pick<Database, 'url' | 'secretKey'>) => ({
  SUPABASE_URL: url,
  SUPABASE_SECRET_KEY: secretKey,
  CREDENTIALS_KEY: demoData.credentialsKey,
  PUBLIC_URL: publicUrl,
});
