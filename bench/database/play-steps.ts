import type { CallFunction, createExplain, Explained } from './call-function.ts';
import { expectedAnswers, type Step } from './message-life.ts';

/** The costs of calls, by their labels. */
export const createCosts = <Cost>() => {
  const costs = new Map<string, Cost[]>();
  return {
    costs,
    add: (label: string, cost: Cost) => costs.set(label, [...(costs.get(label) ?? []), cost]),
  };
};

/** Throws if a call did not do its work. */
export const assertDone = ({ label, name }: Step, answer: unknown): void => {
  const expected = expectedAnswers[label] ?? expectedAnswers[name];
  const given = JSON.stringify(answer);
  if (expected && given.includes(expected)) return;
  throw new Error(`${label} answered ${given}, and not ${expected}.`);
};

/** Makes the calls one after the other, and reports how many milliseconds the caller waited for each. */
export const timeSteps = async (
  call: CallFunction,
  steps: readonly Step[],
  add: (label: string, milliseconds: number) => void,
): Promise<void> => {
  for (const step of steps) {
    const startedAt = performance.now();
    const answer = await call(step.name, step.values);
    add(step.label, performance.now() - startedAt);
    assertDone(step, answer);
  }
};

/** Makes the calls one after the other, and reports the cost of each in Postgres. */
export const explainSteps = async (
  explain: ReturnType<typeof createExplain>,
  steps: readonly Step[],
  add: (label: string, explained: Explained) => void,
): Promise<void> => {
  for (const step of steps) add(step.label, await explain(step.name, step.values));
};
