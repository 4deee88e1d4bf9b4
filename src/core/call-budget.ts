import type { Io } from '../ports/io.ts';

/** The calls that one invocation of the host may still make. A host without a limit has Infinity. */
export type CallBudget = {
  /** How many are left beside those that are held. */
  readonly left: () => number;
  /** Keeps so many for this work, until the returned function is called. */
  readonly hold: (count: number) => () => void;
};

const unlimited = () => Number.POSITIVE_INFINITY;

/** One for each invocation: the host's count of the calls that are left, and how many the work under way holds. */
export const createCallBudget = ({ callsLeft = unlimited }: Pick<Io, 'callsLeft'>): CallBudget => {
  let held = 0;
  return {
    left: () => callsLeft() - held,
    hold: (count) => {
      held += count;
      return () => {
        held -= count;
      };
    },
  };
};

/** Does the work if so many calls are left, and keeps them for it. Null: too few are left, and nothing was done. */
export const withCalls = async <Result>(
  calls: CallBudget,
  count: number,
  work: () => Promise<Result>,
): Promise<Result | null> => {
  if (calls.left() < count) return null;
  const release = calls.hold(count);
  try {
    return await work();
  } finally {
    release();
  }
};
