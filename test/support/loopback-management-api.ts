import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';

export const projectRef = 'abcdefghijklmnopqrst';
const project = `/v1/projects/${projectRef}`;

type Call = { readonly route: string; readonly body: string };

const keys = [
  { id: 'anon', name: 'anon', type: 'legacy', api_key: 'anon' },
  { id: 'service_role', name: 'service_role', type: 'legacy', api_key: 'service_role' },
];

/** The CLI's requests while it follows the deploy guide. Anything else is a 404, which the CLI tolerates. */
const answers: Readonly<Record<string, unknown>> = {
  [`GET ${project}`]: {
    ...{ id: projectRef, ref: projectRef, name: 'crm', region: 'eu-central-1' },
    ...{ organization_id: 'o', organization_slug: 'o', status: 'ACTIVE_HEALTHY' },
    created_at: '2026-01-01T00:00:00Z',
    database: {
      ...{ host: `db.${projectRef}.supabase.co`, version: '17.4.1.1' },
      ...{ postgres_engine: '17', release_channel: 'ga' },
    },
  },
  [`GET ${project}/api-keys`]: keys,
  [`POST ${project}/secrets`]: {},
  [`POST ${project}/functions/deploy`]: {
    ...{ id: '1', slug: 'crm-api', name: 'crm-api', status: 'ACTIVE', version: 1 },
  },
};

/** A stand-in for Supabase's management API on this machine, which keeps every requested change. */
export const startManagementApi = async () => {
  const calls: Call[] = [];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://127.0.0.1');
    const route = `${request.method} ${pathname}`;
    const body = (await buffer(request)).toString('latin1');
    if (request.method === 'POST') calls.push({ route, body });
    const answer = answers[route];
    const status = answer === undefined ? 404 : request.method === 'POST' ? 201 : 200;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? { message: 'not found' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    origin: `http://127.0.0.1:${port}`,
    calls,
    stop: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
};
