import type { Budget } from './budget.ts';

export type Cell = string | number;

export type Table = {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
};

export type BenchResult = {
  readonly tables: readonly Table[];
  /**
   * Broken rules that do not depend on time and are no budgets, such as the number of round trips; empty when all hold.
   */
  readonly broken: readonly string[];
  readonly budgets?: readonly Budget[];
};

export type BenchOptions = {
  /** Seconds instead of minutes: shows that the benchmark works, but its figures mean nothing. */
  readonly quick: boolean;
  /** Tells the reader what it is doing. */
  readonly say: (line: string) => void;
};

export type Benchmark = {
  readonly name: string;
  /** A line for the list of benchmarks. */
  readonly about: string;
  run(options: BenchOptions): Promise<BenchResult>;
};
