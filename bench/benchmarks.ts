import type { Benchmark } from './benchmark.ts';
import { bundleBenchmark } from './bundle.ts';
import { coldStartBenchmark } from './cold-start.ts';
import { cpuBenchmark } from './cpu.ts';
import { databaseBenchmark } from './database.ts';
import { hostsBenchmark } from './hosts.ts';
import { aiBenchmark, latencyBenchmark } from './latency.ts';
import { peersBenchmark } from './peers.ts';
import { postgresBenchmark } from './postgres.ts';
import { throughputBenchmark } from './throughput.ts';

/** Every benchmark, in the order in which they run. */
export const benchmarks: readonly Benchmark[] = [
  cpuBenchmark,
  latencyBenchmark,
  aiBenchmark,
  hostsBenchmark,
  peersBenchmark,
  coldStartBenchmark,
  bundleBenchmark,
  databaseBenchmark,
  postgresBenchmark,
  throughputBenchmark,
];
