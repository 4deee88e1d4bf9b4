import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { describeLicenses } from './describe-licenses.ts';

const projectFolder = fileURLToPath(new URL('../../', import.meta.url));

export const nodeFile = 'node.mjs';
/** The CLI works on the folder around `supabase`: `--workdir dist`. */
const supabaseFile = 'supabase/functions/crm-api/index.js';

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

const runtimes = {
  node: { platform: 'node', target: 'node22', mainFields: ['module', 'main'] },
  // Packages that differ by platform take the one that needs nothing but what browsers have.
  deno: { platform: 'browser', target: 'esnext', conditions: ['deno', 'worker'] },
} as const satisfies Record<string, BuildOptions>;

type BuiltFile = { readonly bytes: number; readonly inputs: readonly string[] };

/**
 * Makes one file of an entry (a path in this project) and all that it imports, with its source map. Throws what esbuild
 * throws, if a module cannot be found or read.
 */
export const buildFile = async (
  runtime: keyof typeof runtimes,
  entry: string,
  file: string,
): Promise<BuiltFile> => {
  const { metafile } = await build({
    ...options,
    ...runtimes[runtime],
    entryPoints: [entry],
    outfile: file,
  });
  const output = Object.values(metafile.outputs).find(({ entryPoint }) => entryPoint === entry);
  return { bytes: output?.bytes ?? 0, inputs: Object.keys(metafile.inputs) };
};

/** Builds the function for Node and for Supabase into this folder, which it replaces. Returns the files' sizes in bytes. */
export const buildHosts = async (folder: string): Promise<ReadonlyMap<string, number>> => {
  await rm(folder, { recursive: true, force: true });
  const built = {
    [nodeFile]: await buildFile('node', 'functions/node.ts', join(folder, nodeFile)),
    [supabaseFile]: await buildFile(
      'deno',
      'functions/crm-api/index.ts',
      join(folder, supabaseFile),
    ),
  };
  const inputs = Object.values(built).flatMap((file) => file.inputs);
  await writeFile(join(folder, 'supabase/config.toml'), supabaseConfig);
  await writeFile(join(folder, 'LICENSES.txt'), await describeLicenses(projectFolder, inputs));
  return new Map(Object.entries(built).map(([path, { bytes }]) => [path, bytes]));
};
