import { describe, expect, it } from 'vitest';
import { type Budget, describeBudgets, findExceeded, isMet } from '../../bench/budget.ts';

const bytes: Budget = {
  what: 'Bundle',
  beside: '',
  measured: { median: 131, min: 131, max: 131 },
  limit: { atMost: 130 },
  unit: 'KB',
  exact: true,
};
const rate: Budget = {
  what: 'Sends a second',
  beside: 'fifty keys',
  measured: { median: 0.9, min: 0.5, max: 1.2 },
  limit: { atLeast: 0.9 },
  unit: '',
  exact: false,
};

describe('a budget', () => {
  it('is met by the median, whatever the worst round was', () => {
    expect(isMet(rate)).toBe(true);
    expect(isMet({ ...rate, measured: { median: 0.89, min: 0.89, max: 2 } })).toBe(false);
    expect(isMet(bytes)).toBe(false);
    expect(isMet({ ...bytes, limit: { atMost: 131 } })).toBe(true);
  });

  it('fails CI only if the figure is the same on every machine', () => {
    const slow = { ...rate, measured: { median: 0.1, min: 0.1, max: 0.1 } };
    expect(findExceeded([slow, bytes])).toEqual([
      'Bundle: 131.00 KB; the budget is at most 130 KB.',
    ]);
  });

  it('is a row that says whether it is met', () => {
    expect(describeBudgets([rate, bytes]).rows).toEqual([
      ['Sends a second', 'fifty keys', '0.90 (0.50 to 1.20)', 'at least 0.9', 'met'],
      ['Bundle', '', '131.00 KB', 'at most 130 KB', 'not met'],
    ]);
  });
});
