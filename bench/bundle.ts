import { readFile } from 'node:fs/promises';
import { buildWorker, workerBundleBudget } from '../dev/machine/worker-bundle.ts';
import type { Benchmark, BenchResult, Table } from './benchmark.ts';
import { cutBySource } from './bundle/read-source-map.ts';
import { type Weight, weighOwners } from './bundle/weigh-owners.ts';
import { spread } from './ratio.ts';

const formatKilobytes = (bytes: number): string => (bytes / 1024).toFixed(1);

type Measured = {
  readonly bytes: number;
  readonly gzippedBytes: number;
  readonly weights: readonly Weight[];
};

const measureBundle = async (entry: string): Promise<Measured> => {
  const { file, gzippedBytes, remove } = await buildWorker(entry);
  try {
    const [text, sourceMap] = await Promise.all([
      readFile(file, 'utf8'),
      readFile(`${file}.map`, 'utf8'),
    ]);
    const weights = weighOwners(cutBySource(text, sourceMap));
    return { bytes: Buffer.byteLength(text), gzippedBytes, weights };
  } finally {
    await remove();
  }
};

const describeTotal = (ours: Measured, empty: Measured): Table => ({
  title: 'The Workers bundle as wrangler builds it, KB (1024 bytes)',
  columns: ['bundle', 'minified', 'gzipped'],
  rows: [
    ['crm-api', formatKilobytes(ours.bytes), formatKilobytes(ours.gzippedBytes)],
    ['empty Hono app', formatKilobytes(empty.bytes), formatKilobytes(empty.gzippedBytes)],
  ],
});

const describeOwners = (weights: readonly Weight[]): Table => ({
  title:
    'What the bundle is made of, KB; "saved" is what the gzipped bundle loses without these bytes',
  columns: ['package or folder', 'minified', 'gzipped alone', 'gzipped saved'],
  rows: weights.map(({ owner, bytes, gzippedAlone, gzippedSaved }) => [
    owner,
    formatKilobytes(bytes),
    formatKilobytes(gzippedAlone),
    formatKilobytes(gzippedSaved),
  ]),
});

const run = async (): Promise<BenchResult> => {
  const ours = await measureBundle('functions/worker.ts');
  const empty = await measureBundle('bench/cold-start/apps/empty-worker.ts');
  return {
    tables: [describeTotal(ours, empty), describeOwners(ours.weights)],
    broken: [],
    budgets: [
      {
        what: 'Workers bundle with every provider, gzipped',
        beside: '',
        measured: spread([ours.gzippedBytes / 1024]),
        limit: { atMost: workerBundleBudget / 1024 },
        unit: 'KB',
        exact: true,
      },
    ],
  };
};

export const bundleBenchmark: Benchmark = {
  name: 'bundle',
  about: 'The Workers bundle, minified and gzipped, and what each package has in it',
  run,
};
