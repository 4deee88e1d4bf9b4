import postgres, { type Sql } from 'postgres';
import type { Postgres } from '../../dev/machine/postgres.ts';

/** Connections as PostgREST has them: they log in as the authenticator and act as the service role. */
export const connect = ({ adminUrl }: Postgres, connections: number): Sql => {
  const url = new URL(adminUrl);
  url.username = 'authenticator';
  return postgres(url.href, { max: connections, connection: { role: 'service_role' } });
};
