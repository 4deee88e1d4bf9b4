import { readAdvice } from '../advice.ts';
import type { Examination } from './examination.ts';
import { type Finding, problem, problemOf, skipped } from './finding.ts';

export type Check = {
  /** Few words, as they are shown. */
  readonly name: string;
  /** The names of the checks that must succeed first; otherwise this one is skipped. */
  readonly needs: readonly string[];
  readonly run: (examination: Examination) => Promise<readonly Finding[]>;
};

export type Examined = { readonly check: string } & Finding;

const isSound = ({ state }: Finding): boolean => state === 'ok' || state === 'warning';

const runSafely = async ({ run }: Check, examination: Examination): Promise<readonly Finding[]> => {
  try {
    return await run(examination);
  } catch (error) {
    const advice = readAdvice(error);
    if (advice) return [problem(advice.found, advice.remedy)];
    return [problemOf(error instanceof Error ? error.message : String(error))];
  }
};

/** Runs all checks at once, each as soon as those that it needs are done; returns them in the order of the list. */
export const runChecks = async (
  checks: readonly Check[],
  examination: Examination,
): Promise<readonly Examined[]> => {
  const running = new Map<string, Promise<readonly Finding[]>>();
  const runWhenReady = async (check: Check): Promise<readonly Finding[]> => {
    for (const need of check.needs) {
      const findings = (await running.get(need)) ?? [];
      if (!findings.every(isSound)) return [skipped(need)];
    }
    return runSafely(check, examination);
  };
  for (const check of checks) running.set(check.name, runWhenReady(check));
  const all = await Promise.all(
    checks.map(async ({ name }) =>
      ((await running.get(name)) ?? []).map((finding) => ({ check: name, ...finding })),
    ),
  );
  return all.flat();
};
