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
const assertDone = ({ label, name }: Step, answer: unknown): void => {
  const expected = expectedAnswers[label] ?? expectedAnswers[name];
  const given = JSON.stringify(answer);
  if (expected && given.includes(expected)) return;
  throw new Error(`${label} answered ${given}, and not ${expected}.`);
};

/** Makes the calls one after the other. */
export const playSteps = async (call: CallFunction, steps: readonly Step[]): Promise<void> => {
  for (const step of steps) assertDone(step, await call(step.name, step.values));
};

/** Makes the calls one after the other, and reports how many milliseconds each took by that clock. */
export const timeSteps = async (
  call: CallFunction,
  readMs: () => Promise<number>,
  steps: readonly Step[],
  add: (label: string, milliseconds: number) => void,
): Promise<void> => {
  for (const step of steps) {
    const startedAt = await readMs();
    await playSteps(call, [step]);
    add(step.label, (await readMs()) - startedAt);
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
