import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { describeLicenses } from './describe-licenses.ts';

const projectFolder = fileURLToPath(new URL('../../', import.meta.url));

export const nodeFile = 'node.mjs';
/** The CLI works on the folder around `supabase`: `--workdir dist`. */
export const supabaseFile = 'supabase/functions/crm-api/index.js';

const supabaseConfig = `# Made by \`npm run build\`.
project_id = "crm-api"

# The function checks its own API keys, so the gateway must not ask for a Supabase token.
[functions.crm-api]
verify_jwt = false
entrypoint = "./functions/crm-api/index.js"
`;

// Names stay as they are: a minified file does not start faster, and its stack traces cannot be read.
const options = {
  absWorkingDir: projectFolder,
  bundle: true,
  format: 'esm',
  legalComments: 'inline',
  sourcemap: true,
  sourcesContent: false,
  metafile: true,
  logLevel: 'warning',
  // The parts of supabase-js that no host needs; wrangler.toml says the same for Workers.
  alias: {
    '@supabase/auth-js': './functions/unused-supabase.ts',
    '@supabase/realtime-js': './functions/unused-supabase.ts',
    '@supabase/storage-js': './functions/unused-supabase.ts',
  },
} as const satisfies BuildOptions;

const hosts = {
  [nodeFile]: {
    entryPoints: ['functions/node.ts'],
    platform: 'node',
    target: 'node22',
    mainFields: ['module', 'main'],
  },
  [supabaseFile]: {
    entryPoints: ['functions/crm-api/index.ts'],
    // Packages that differ by platform take the one that has nothing but the web's own API.
    platform: 'browser',
    conditions: ['deno', 'worker'],
    target: 'esnext',
  },
} as const satisfies Record<string, BuildOptions>;

type BuiltFile = { readonly path: string; readonly bytes: number };

/**
 * Makes one file for Node and one for Supabase, each with everything that it runs, and their source maps. Replaces the
 * folder. Throws what esbuild throws, if a module cannot be found or read.
 */
export const buildHosts = async (folder: string): Promise<BuiltFile[]> => {
  await rm(folder, { recursive: true, force: true });
  const files: BuiltFile[] = [];
  const inputs = new Set<string>();
  for (const [path, host] of Object.entries(hosts)) {
    const { metafile } = await build({ ...options, ...host, outfile: join(folder, path) });
    for (const input of Object.keys(metafile.inputs)) inputs.add(input);
    const output = Object.entries(metafile.outputs).find(([file]) => file.endsWith(path));
    files.push({ path, bytes: output?.[1].bytes ?? 0 });
  }
  await writeFile(join(folder, 'supabase/config.toml'), supabaseConfig);
  await writeFile(join(folder, 'LICENSES.txt'), await describeLicenses(projectFolder, inputs));
  return files;
};
