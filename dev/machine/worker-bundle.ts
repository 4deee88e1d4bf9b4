import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { commandPath, runCommand } from './run-command.ts';

/** Bytes, minified and gzipped. */
export const workerBundleBudget = 130 * 1024;

export type WorkerBundle = {
  /** Its source map is beside it. */
  readonly file: string;
  readonly gzippedBytes: number;
  readonly remove: () => Promise<void>;
};

/**
 * Lets wrangler build its upload without an account and without a question. For another entry (a path in this project),
 * the file has that entry's name.
 */
export const buildWorker = async (entry = 'functions/worker.ts'): Promise<WorkerBundle> => {
  const folder = await mkdtemp(join(tmpdir(), 'crm-api-worker-'));
  const args = ['deploy', entry, '--dry-run', '--outdir', join(folder, 'bundle')];
  const { exitCode, stdout, stderr } = await runCommand(commandPath('wrangler'), args, {
    env: { HOME: folder, CI: 'true', WRANGLER_SEND_METRICS: 'false', NO_COLOR: '1' },
    timeoutMs: 90_000,
  });
  if (exitCode !== 0) throw new Error(`wrangler exited with ${exitCode}: ${stdout}${stderr}`);
  const file = join(folder, 'bundle', `${basename(entry, '.ts')}.js`);
  return {
    file,
    gzippedBytes: gzipSync(await readFile(file), { level: 9 }).length,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
};
