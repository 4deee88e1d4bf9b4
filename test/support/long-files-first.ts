import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that run a whole suite which other files describe: short to look at, and among the longest to run. */
const runsSuite = ({ moduleId }: TestSpecification) => moduleId.endsWith('/pglite.test.ts');

/**
 * Where no run before says how long a file takes, the runner takes the largest first. The suites come before all others, so that
 * none of them begins when the other workers have nothing left to do.
 */
export class LongFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return [...sorted.filter(runsSuite), ...sorted.filter((file) => !runsSuite(file))];
  }
}
