import { setTimeout as sleep } from 'node:timers/promises';
import { demoData } from '../../demo-data.ts';
import type { Random } from '../random.ts';
import { letTimePass, type RealDatabase } from '../real-database.ts';
import { type Gate, outages } from './gate.ts';
import type { Host } from './host.ts';

type Count = (what: string) => void;

/** Says how many clients are done. */
export type Progress = {
  advance(): void;
  /** Resolves when that many clients are done. */
  reached(done: number): Promise<void>;
};

export const createProgress = (onAdvance: (done: number) => void): Progress => {
  let done = 0;
  let waiting: { readonly at: number; readonly resolve: () => void }[] = [];
  return {
    advance: () => {
      done += 1;
      onAdvance(done);
      for (const { at, resolve } of waiting) if (at <= done) resolve();
      waiting = waiting.filter(({ at }) => at > done);
    },
    reached: (at) =>
      new Promise((resolve) => {
        if (at <= done) resolve();
        else waiting.push({ at, resolve });
      }),
  };
};

type Trouble = {
  readonly sends: number;
  readonly progress: Progress;
  readonly random: Random;
  readonly count: Count;
};

/** Acts that many times, spread over the whole run. */
const spread = async (
  { sends, progress, random }: Trouble,
  times: number,
  act: () => Promise<void>,
) => {
  for (let time = 0; time < times; time += 1) {
    await progress.reached(Math.floor(((time + random.next()) * sends) / times));
    await act();
  }
};

/** Takes the database away for seconds at a time. */
export const troubleDatabase = (gate: Gate, trouble: Trouble) =>
  spread(trouble, Math.max(4, Math.round(trouble.sends / 250)), async () => {
    const outage = trouble.random.pick(outages);
    trouble.count(`database ${outage}`);
    await gate.set(outage);
    await sleep(trouble.random.between(500, 4_000));
    await gate.set('open');
  });

/**
 * Kills the host and starts it again. The leases, which still have 90 seconds, expire at once, because their holders
 * are dead.
 */
export const troubleHost = (host: Host, { query }: RealDatabase, trouble: Trouble) =>
  spread(trouble, Math.max(3, Math.round(trouble.sends / 500)), async () => {
    trouble.count('host killed');
    await host.kill();
    await letTimePass(query);
    await host.start();
  });

/** Calls the sweeper's route once, and returns its counts. */
export const sweep = async ({ baseUrl }: Host): Promise<unknown> => {
  const headers = { 'x-cron-secret': demoData.cronSecret };
  const signal = AbortSignal.timeout(120_000);
  const answer = await fetch(`${baseUrl}/jobs/sweep`, { method: 'POST', headers, signal });
  return answer.json();
};

/** Calls the sweeper as a scheduler would, even while everything else fails. */
export const sweepOften = async (host: Host, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    await sleep(3_000, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) await sweep(host).catch(() => undefined);
  }
};
