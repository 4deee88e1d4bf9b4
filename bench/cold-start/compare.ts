import { ratios, type Spread, spread } from '../ratio.ts';

/** Makes one start and returns how many milliseconds it took. */
export type TimeStart = () => Promise<number>;

/** The same start of two apps on the same runtime. */
export type Pair = {
  readonly runtime: string;
  /** Resolves when the measured time is over. */
  readonly until: string;
  readonly ours: TimeStart;
  readonly empty: TimeStart;
};

/** Milliseconds of each round. */
export type Times = { readonly ours: readonly number[]; readonly empty: readonly number[] };

/**
 * Starts ours and the empty app in turn; each is first in every second round. Starts before the first round do not
 * count.
 */
export const timePair = async ({ ours, empty }: Pair, rounds: number): Promise<Times> => {
  const times: { ours: number[]; empty: number[] } = { ours: [], empty: [] };
  for (let round = -1; round < rounds; round += 1) {
    const first = round % 2 === 0 ? await ours() : 0;
    const emptyTime = await empty();
    const oursTime = round % 2 === 0 ? first : await ours();
    if (round < 0) continue;
    times.ours.push(oursTime);
    times.empty.push(emptyTime);
  }
  return times;
};

/** One difference for each round, like the ratios, because rounds differ more than the two apps. */
const differences = ({ ours, empty }: Times): Spread =>
  spread(ours.map((value, round) => value - (empty[round] ?? Number.NaN)));

export const summarize = (times: Times) => ({
  ours: spread(times.ours),
  empty: spread(times.empty),
  ratio: ratios(times.ours, times.empty),
  difference: differences(times),
});
