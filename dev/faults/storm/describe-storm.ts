import { describeInbound } from './inbound.ts';
import type { StormResult } from './run-storm.ts';
import { formatTally, tally } from './tally.ts';

const listFaults = (faults: ReadonlyMap<string, number>): string =>
  [...faults]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([what, times]) => `${times} × ${what}`)
    .join(', ');

/** The faults, the ends of all sends, and the histories of those that ended wrongly. */
export const describeStorm = ({
  endings,
  faults,
  receipts,
  inbound,
  stories,
}: StormResult): string => {
  const tallied = tally(endings);
  return [
    `Faults: ${listFaults(faults)}.`,
    `Late receipts: ${receipts}.`,
    describeInbound(inbound),
    '',
    formatTally(tallied),
    '',
    `Of the ${tallied.unknown} unknown, ${tallied.unknownTaken} had reached the vendor.`,
    ...stories.map((story) => `\n${story}`),
  ].join('\n');
};
