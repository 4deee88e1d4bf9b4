import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { commandPath, runCommand } from './run-command.ts';

export type WorkerBundle = {
  readonly file: string;
  readonly gzippedBytes: number;
  readonly remove: () => Promise<void>;
};

/** Lets wrangler build what it would upload, without an account and without asking anybody. */
export const buildWorker = async (): Promise<WorkerBundle> => {
  const folder = await mkdtemp(join(tmpdir(), 'crm-api-worker-'));
  const args = ['deploy', '--dry-run', '--outdir', join(folder, 'bundle')];
  const { exitCode, stdout, stderr } = await runCommand(commandPath('wrangler'), args, {
    env: { HOME: folder, CI: 'true', WRANGLER_SEND_METRICS: 'false', NO_COLOR: '1' },
    timeoutMs: 90_000,
  });
  if (exitCode !== 0) throw new Error(`wrangler exited with ${exitCode}: ${stdout}${stderr}`);
  const file = join(folder, 'bundle/worker.js');
  return {
    file,
    gzippedBytes: gzipSync(await readFile(file), { level: 9 }).length,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
};
