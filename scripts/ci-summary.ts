import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const resultsSchema = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numTodoTests: z.int(),
  testResults: z.array(
    z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) }),
  ),
});

export type Summary = {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
};

/**
 * The report of vitest's JSON reporter. A file that failed without a failed test, because it does not load, counts as
 * one.
 */
export const summarize = (json: string): Summary => {
  const results = resultsSchema.parse(JSON.parse(json));
  const broken = results.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  );
  return {
    passed: results.numPassedTests,
    failed: results.numFailedTests + broken.length,
    skipped: results.numPendingTests + results.numTodoTests,
  };
};

/** A run that left no numbers has failed. */
const readSummary = async (file: string): Promise<Summary> => {
  try {
    return summarize(await readFile(file, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
};

const toLine = ({ passed, failed, skipped }: Summary): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;

if (import.meta.main) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const file of process.argv.slice(2)) {
    const { passed, failed, skipped } = await readSummary(file);
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
  }
  console.log(toLine(total));
  if (total.failed > 0 || total.passed === 0) process.exitCode = 1;
}
