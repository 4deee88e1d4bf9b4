import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildHosts, nodeFile } from '../../scripts/build/build-hosts.ts';

export type HostBundles = {
  /** What `npm run build` leaves in `dist/`. */
  readonly folder: string;
  readonly nodeFile: string;
  readonly remove: () => Promise<void>;
};

/** Builds into a new folder, so that a test or a benchmark never runs an old `dist/`. */
export const buildBundles = async (): Promise<HostBundles> => {
  const folder = await mkdtemp(join(tmpdir(), 'crm-api-build-'));
  await buildHosts(folder);
  return {
    folder,
    nodeFile: join(folder, nodeFile),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
};
