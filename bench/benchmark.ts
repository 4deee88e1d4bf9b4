export type Cell = string | number;

export type Table = {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
};

export type BenchResult = {
  readonly tables: readonly Table[];
  /** What does not hold of what is no matter of time, such as round trips or the bundle's size; empty when all does. */
  readonly broken: readonly string[];
};

export type BenchOptions = {
  /** Seconds in place of minutes: shows that the benchmark works, not what it measures. */
  readonly quick: boolean;
  /** Tells the reader what is going on. */
  readonly say: (line: string) => void;
};

export type Benchmark = {
  readonly name: string;
  /** One line for the list of benchmarks. */
  readonly about: string;
  run(options: BenchOptions): Promise<BenchResult>;
};
