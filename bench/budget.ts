import type { Table } from './benchmark.ts';
import { formatSpread, type Spread } from './ratio.ts';

/** The most, or the least, that one figure may be. */
export type Budget = {
  readonly what: string;
  /** The program or the state that the figure is a ratio to, or a difference from; empty if it is neither. */
  readonly beside: string;
  readonly measured: Spread;
  readonly limit: { readonly atMost: number } | { readonly atLeast: number };
  /** Empty for a ratio. */
  readonly unit: string;
  /** The figure does not depend on how busy the machine is, so CI fails when the budget is not met. */
  readonly exact: boolean;
};

/** The median counts. */
export const isMet = ({ measured: { median }, limit }: Budget): boolean =>
  'atMost' in limit ? median <= limit.atMost : median >= limit.atLeast;

const formatLimit = ({ limit, unit }: Budget): string =>
  `${'atMost' in limit ? `at most ${limit.atMost}` : `at least ${limit.atLeast}`} ${unit}`.trim();

const formatMeasured = ({ measured, unit }: Budget): string => {
  const { median, min, max } = measured;
  return `${min === max ? median.toFixed(2) : formatSpread(measured)} ${unit}`.trim();
};

/** What CI fails for. */
export const findExceeded = (budgets: readonly Budget[]): string[] =>
  budgets
    .filter((budget) => budget.exact && !isMet(budget))
    .map(
      (budget) =>
        `${budget.what}: ${formatMeasured(budget)}; the budget is ${formatLimit(budget)}.`,
    );

export const describeBudgets = (budgets: readonly Budget[]): Table => ({
  title: 'Budgets: median (min to max); the median counts',
  columns: ['what', 'beside', 'measured', 'budget', 'met'],
  rows: budgets.map((budget) => [
    budget.what,
    budget.beside,
    formatMeasured(budget),
    formatLimit(budget),
    isMet(budget) ? 'met' : 'not met',
  ]),
});
