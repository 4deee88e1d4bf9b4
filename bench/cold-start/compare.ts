import { ratios, type Spread, spread } from '../ratio.ts';

/** What one start took, in milliseconds: by the clock, and of CPU. */
export type Start = { readonly ms: number; readonly cpuMs: number };

export type TimeStart = () => Promise<Start>;

/** The same start of two apps on the same runtime. */
export type Pair = {
  readonly runtime: string;
  /** What ends the measured time. */
  readonly until: string;
  readonly ours: TimeStart;
  readonly empty: TimeStart;
};

/** The starts of each round. */
export type Times = { readonly ours: readonly Start[]; readonly empty: readonly Start[] };

/**
 * Starts ours and the empty app in turn; each is first in every second round. Starts before the first round do not
 * count.
 */
export const timePair = async ({ ours, empty }: Pair, rounds: number): Promise<Times> => {
  const times: { ours: Start[]; empty: Start[] } = { ours: [], empty: [] };
  for (let round = -1; round < rounds; round += 1) {
    const first = round % 2 === 0 ? await ours() : null;
    const emptyStart = await empty();
    const oursStart = first ?? (await ours());
    if (round < 0) continue;
    times.ours.push(oursStart);
    times.empty.push(emptyStart);
  }
  return times;
};

const cpuOf = (starts: readonly Start[]) => starts.map(({ cpuMs }) => cpuMs);
const msOf = (starts: readonly Start[]) => starts.map(({ ms }) => ms);

type Summary = {
  /** Milliseconds of CPU. */
  readonly ours: Spread;
  readonly empty: Spread;
  readonly ratio: Spread;
  /** The ratio of the times by the clock, which depend on what else the machine does. */
  readonly ratioByClock: Spread;
};

export const summarize = ({ ours, empty }: Times): Summary => ({
  ours: spread(cpuOf(ours)),
  empty: spread(cpuOf(empty)),
  ratio: ratios(cpuOf(ours), cpuOf(empty)),
  ratioByClock: ratios(msOf(ours), msOf(empty)),
});
