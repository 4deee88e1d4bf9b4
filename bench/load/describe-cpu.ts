import type { Budget } from '../budget.ts';
import { ratios, type Spread } from '../ratio.ts';
import type { Measured } from './measure.ts';

type Cpu = Pick<Measured, 'cpuMs'>;

/** Milliseconds of CPU for a send, one figure for each round. */
export const cpuTimes = (measured: readonly Cpu[]): number[] => measured.map(({ cpuMs }) => cpuMs);

/** Sends a second, one figure for each round. */
export const rates = (measured: readonly Pick<Measured, 'requests' | 'seconds'>[]): number[] =>
  measured.map(({ requests, seconds }) => requests / seconds);

export const compareCpu = (ours: readonly Cpu[], other: readonly Cpu[]): Spread =>
  ratios(cpuTimes(ours), cpuTimes(other));

export const budgetCpu = (
  runtime: string,
  beside: string,
  measured: Spread,
  atMost: number,
): Budget => ({
  what: `CPU of a manual send on ${runtime}`,
  beside,
  measured,
  limit: { atMost },
  unit: '',
  exact: false,
});
