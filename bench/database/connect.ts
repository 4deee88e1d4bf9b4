import postgres, { type Sql } from 'postgres';
import type { Postgres } from '../../dev/machine/postgres.ts';

/**
 * Connections as PostgREST has them: they log in as the authenticator and act as the service role. In pg_stat_activity
 * they have the given name.
 */
export const connect = ({ adminUrl }: Postgres, connections: number, name = 'crm-api'): Sql => {
  const url = new URL(adminUrl);
  url.username = 'authenticator';
  const connection = { role: 'service_role', application_name: name };
  return postgres(url.href, { max: connections, connection });
};
