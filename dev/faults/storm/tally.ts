import { type Ending, isBad } from './compare.ts';

export type Tally = {
  readonly sends: number;
  readonly once: number;
  readonly never: number;
  readonly unknown: number;
  /** How many of those a vendor got: its receipts would tell. */
  readonly unknownTaken: number;
  readonly twice: number;
  readonly lost: number;
  readonly liedTo: number;
};

const count = (endings: readonly Ending[], of: (ending: Ending) => boolean): number =>
  endings.filter(of).length;

const isUnknown = ({ rows }: Ending): boolean => rows.some(({ status }) => status === 'unknown');

/** once, never and unknown add up to all sends that are not in the last three columns. */
export const tally = (endings: readonly Ending[]): Tally => {
  const good = endings.filter((ending) => !isBad(ending));
  const known = good.filter((ending) => !isUnknown(ending));
  return {
    sends: endings.length,
    once: count(known, ({ taken }) => taken.length === 1),
    never: count(known, ({ taken }) => taken.length === 0),
    unknown: count(good, isUnknown),
    unknownTaken: count(good, (ending) => isUnknown(ending) && ending.taken.length > 0),
    twice: count(endings, ({ verdict }) => verdict.twice),
    lost: count(endings, ({ verdict }) => verdict.lost !== null),
    liedTo: count(endings, ({ verdict }) => verdict.lies.length > 0),
  };
};

export const formatTally = (tallied: Tally): string => {
  const cells: readonly (readonly [string, number])[] = [
    ['sends', tallied.sends],
    ['reached the vendor once', tallied.once],
    ['never', tallied.never],
    ['unknown', tallied.unknown],
    ['**reached twice**', tallied.twice],
    ['**lost**', tallied.lost],
    ['**lied to**', tallied.liedTo],
  ];
  const line = (parts: readonly string[]) => `| ${parts.join(' | ')} |`;
  return [
    line(cells.map(([name]) => name)),
    line(cells.map(([name]) => `${'-'.repeat(name.length - 1)}:`)),
    line(cells.map(([name, value]) => String(value).padStart(name.length))),
  ].join('\n');
};
