import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { z } from 'zod';
import { findFreePort } from './free-port.ts';
import { buildBundles } from './host-bundles.ts';
import { type CliOptions, runSupabase } from './supabase-cli.ts';

const projectRef = 'abcdefghijklmnopqrst';

const metadataSchema = z.object({
  name: z.string(),
  entrypoint_path: z.string(),
  /** Empty if there is none. */
  import_map_path: z.string(),
  verify_jwt: z.boolean(),
});

export type Deployment = {
  /** A folder with the uploaded files and nothing else. */
  readonly folder: string;
  readonly files: readonly string[];
  readonly metadata: z.infer<typeof metadataSchema>;
  readonly remove: () => Promise<void>;
};

/** A loopback stand-in for Supabase's management API, which takes one deployment and keeps its form. */
const startManagementApi = async () => {
  const port = await findFreePort();
  const uploads: FormData[] = [];
  const server = createServer(async (request, response) => {
    const isUpload =
      request.method === 'POST' &&
      request.url === `/v1/projects/${projectRef}/functions/deploy?slug=crm-api`;
    if (isUpload) {
      const headers = { 'content-type': request.headers['content-type'] ?? '' };
      uploads.push(await new Response(await buffer(request), { headers }).formData());
    }
    response.writeHead(isUpload ? 201 : 404, { 'content-type': 'application/json' });
    const deployed = { id: '1', slug: 'crm-api', name: 'crm-api', status: 'ACTIVE', version: 1 };
    response.end(JSON.stringify(isUpload ? deployed : { message: 'not found' }));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { origin: `http://127.0.0.1:${port}`, uploads, close };
};

const upload = async (
  folder: string,
  project: Pick<CliOptions, 'from' | 'parts'>,
): Promise<FormData> => {
  const api = await startManagementApi();
  const profile = join(folder, 'profile.yaml');
  await writeFile(
    profile,
    `name: loopback\napi_url: ${api.origin}\ndashboard_url: ${api.origin}\nproject_host: 127.0.0.1\n`,
  );
  try {
    const { exitCode, stdout, stderr } = await runSupabase(
      [
        'functions',
        'deploy',
        'crm-api',
        '--use-api',
        `--remote=${projectRef}`,
        '--profile',
        profile,
      ],
      { ...project, env: { SUPABASE_ACCESS_TOKEN: `sbp_${'0123456789'.repeat(4)}` } },
    );
    const [form] = api.uploads;
    if (exitCode !== 0 || !form) {
      throw new Error(`supabase functions deploy exited with ${exitCode}: ${stdout}${stderr}`);
    }
    return form;
  } finally {
    await api.close();
  }
};

const uploadBundle = async (folder: string): Promise<FormData> => {
  const bundles = await buildBundles();
  try {
    return await upload(folder, { from: bundles.folder, parts: ['supabase'] });
  } finally {
    await bundles.remove();
  }
};

/**
 * Deploys the function with the real CLI, as one file or as its sources, and unpacks the upload into an empty folder.
 */
export const deployFunction = async (
  what: 'bundle' | 'sources' = 'bundle',
): Promise<Deployment> => {
  const parent = await mkdtemp(join(tmpdir(), 'crm-api-deployment-'));
  const form = await (what === 'bundle' ? uploadBundle(parent) : upload(parent, {}));
  const folder = join(parent, 'function');
  const files: string[] = [];
  for (const part of form.getAll('file')) {
    if (!(part instanceof File)) throw new Error('the upload has a file part without a file');
    files.push(part.name);
    await mkdir(dirname(join(folder, part.name)), { recursive: true });
    await writeFile(join(folder, part.name), Buffer.from(await part.arrayBuffer()));
  }
  return {
    folder,
    files: files.sort(),
    metadata: metadataSchema.parse(JSON.parse(z.string().parse(form.get('metadata')))),
    remove: () => rm(parent, { recursive: true, force: true }),
  };
};

/** The settings with which Deno runs what was uploaded: only those that the upload brings along. */
export const denoConfig = ({ import_map_path: path }: Deployment['metadata']): readonly string[] =>
  path === '' ? ['--no-config'] : ['--config', path];
