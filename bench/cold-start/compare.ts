import { ratios, type Spread, spread } from '../ratio.ts';

/** Makes one start and answers how many milliseconds it took. */
export type TimeStart = () => Promise<number>;

/** The same start of two apps on the same runtime. */
export type Pair = {
  readonly runtime: string;
  /** What is over when the time is up. */
  readonly until: string;
  readonly ours: TimeStart;
  readonly empty: TimeStart;
};

/** Milliseconds of each round. */
export type Times = { readonly ours: readonly number[]; readonly empty: readonly number[] };

/** Ours and the empty app in turn, each first in every second round; what comes before the first round is thrown away. */
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

/** Of each round, like the ratios: the rounds differ more than what is compared. */
const differences = ({ ours, empty }: Times): Spread =>
  spread(ours.map((value, round) => value - (empty[round] ?? Number.NaN)));

export const summarize = (times: Times) => ({
  ours: spread(times.ours),
  empty: spread(times.empty),
  ratio: ratios(times.ours, times.empty),
  difference: differences(times),
});
