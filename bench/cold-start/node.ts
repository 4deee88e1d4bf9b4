import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectFolder } from '../../dev/machine/run-command.ts';
import { type Spread, spread } from '../ratio.ts';
import type { Pair } from './compare.ts';
import { environment, publicBasePath } from './settings.ts';
import { type Importer, timeAllImports, timeImports } from './time-imports.ts';
import { type Launch, pairStarts } from './time-start.ts';

const emptyApp = fileURLToPath(new URL('apps/empty-node.ts', import.meta.url));
const importScript = fileURLToPath(new URL('apps/time-imports.ts', import.meta.url));
const importer: Importer = { command: process.execPath, args: [importScript] };
const hostedApp = join(projectFolder, 'functions/hosted-app.ts');

const launch = (script: string): Launch => ({
  command: process.execPath,
  args: [script],
  env: { ...environment, PORT: '0' },
  readyWhen: /"event":"listening","port":(\d+)/,
  basePath: publicBasePath,
});

const evaluation: Pair = {
  runtime: 'Node',
  until: 'app and server imported',
  ours: () => timeAllImports(importer, ['@hono/node-server', hostedApp]),
  empty: () => timeAllImports(importer, ['@hono/node-server', 'hono']),
};

export const nodeStarts: readonly Pair[] = pairStarts('Node', {
  ours: launch(join(projectFolder, 'functions/node.ts')),
  empty: launch(emptyApp),
});

export const nodeEvaluation = evaluation;

/** Imported in this order. Code that two of them need counts for the first. */
const parts = [
  ['@hono/node-server', ['@hono/node-server']],
  ['hono', ['hono', 'hono/cors', 'hono/body-limit', 'hono/route']],
  ['zod', ['zod']],
  ['@hono/zod-validator', ['@hono/zod-validator']],
  ['@supabase/supabase-js', ['@supabase/supabase-js']],
  ['typeid-js', ['typeid-js']],
  ['src and functions', [hostedApp]],
] as const;

export type ImportCost = { readonly part: string; readonly milliseconds: Spread };

/** How much each package adds to the import of everything, in fresh processes. */
export const timeParts = async (rounds: number): Promise<ImportCost[]> => {
  const modules = parts.flatMap(([, names]) => names);
  const runs: number[][] = [];
  for (let round = 0; round < rounds; round += 1) runs.push(await timeImports(importer, modules));
  return parts.map(([part, names]) => {
    const first = modules.indexOf(names[0]);
    const sum = (run: readonly number[]) =>
      run.slice(first, first + names.length).reduce((total, duration) => total + duration, 0);
    return { part, milliseconds: spread(runs.map(sum)) };
  });
};
