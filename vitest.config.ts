import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that run a whole suite which other files describe: short to look at, and among the longest to run. */
const runsSuite = ({ moduleId }: TestSpecification) => moduleId.endsWith('/pglite.test.ts');

/**
 * Where no run before says how long a file takes, the runner takes the largest first. The suites come before all others, so that
 * none of them begins when the other workers have nothing left to do.
 */
class LongFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return [...sorted.filter(runsSuite), ...sorted.filter((file) => !runsSuite(file))];
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongFilesFirst },
    projects: [
      {
        test: {
          name: 'main',
          include: ['test/**/*.test.ts'],
          exclude: ['test/hosts/**', 'test/postgres/**', 'test/faults/**', 'test/browser/**'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          globalSetup: ['test/support/make-snapshot.ts'],
          // A process runs many files and keeps what it has imported and compiled, Postgres first of all. Each file starts its own
          // database, and stops what it starts.
          isolate: false,
          // Tests wait for timers as well, and leave a core idle then. Without this the runner takes one core less than there are.
          maxWorkers: availableParallelism() + 1,
        },
      },
      {
        test: {
          name: 'hosts',
          include: ['test/hosts/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          testTimeout: 90_000,
          hookTimeout: 120_000,
          // How long the page may take to show what happened.
          expect: { poll: { timeout: 20_000, interval: 50 } },
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'postgres',
          include: ['test/postgres/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
