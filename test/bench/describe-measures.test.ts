import { describe, expect, it } from 'vitest';
import { findGrowth, toBudgets } from '../../bench/database/describe-measures.ts';

type Costs = Readonly<Record<string, number>>;

const toCosts = (costs: Costs) => ({
  costs: new Map(Object.entries(costs).map(([label, cost]) => [label, [cost]])),
  add: () => new Map<string, number[]>(),
});

/** A database whose calls cost so many milliseconds, and ten times as many buffers. */
const createFigures = (title: string, longest: Costs, ordinary: Costs) => {
  const tenfold = (costs: Costs) =>
    toCosts(Object.fromEntries(Object.entries(costs).map(([label, cost]) => [label, cost * 10])));
  return {
    title,
    rounds: [{ longest: toCosts(longest), ordinary: toCosts(ordinary) }],
    buffers: { longest: tenfold(longest), ordinary: tenfold(ordinary) },
  };
};

const few = createFigures(
  '10',
  { begin_send: 1, settle_send: 1, get_message: 1 },
  { begin_send: 1, settle_send: 1, get_message: 1 },
);

describe('the growth of a call with the messages stored', () => {
  it('is quoted as the worst row of begin_send and settle_send in any database and conversation', () => {
    const many = createFigures(
      '1,000',
      { begin_send: 1.1, settle_send: 1, get_message: 9 },
      { begin_send: 1.2, settle_send: 1.5, get_message: 9 },
    );
    const young = createFigures(
      '100 in a new database',
      { begin_send: 1, settle_send: 1, get_message: 1 },
      { begin_send: 1, settle_send: 1.4, get_message: 1 },
    );
    const [time, buffers] = toBudgets({ few, others: [many, young] });
    expect(time?.what).toBe(
      'CPU, the worst row: settle_send, ordinary conversation, 1,000 messages',
    );
    expect(time?.measured.median).toBe(1.5);
    expect(buffers?.measured.median).toBe(1.5);
  });

  it('is reported if a call reads more pages than deeper indexes explain', () => {
    const deeper = createFigures('1,000', { begin_send: 6 }, { begin_send: 7 });
    const scanning = createFigures('1,000', { begin_send: 6 }, { begin_send: 7.1 });
    const base = createFigures('10', { begin_send: 1 }, { begin_send: 1 });
    expect(findGrowth({ few: base, others: [deeper] })).toEqual([]);
    expect(findGrowth({ few: base, others: [scanning] })).toEqual([
      'begin_send (ordinary conversation) touches 10 buffers with 10 messages stored and 71 with 1,000',
    ]);
  });
});
