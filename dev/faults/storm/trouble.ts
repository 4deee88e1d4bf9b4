import { setTimeout as sleep } from 'node:timers/promises';
import { demoData } from '../../demo-data.ts';
import type { Random } from '../random.ts';
import { letTimePass, type RealDatabase } from '../real-database.ts';
import { type Gate, outages } from './gate.ts';
import type { Host } from './host.ts';

/** Repeats it until the storm is over. */
const repeat = async (signal: AbortSignal, act: () => Promise<void>): Promise<void> => {
  while (!signal.aborted) await act();
};

const wait = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => undefined);

export type Count = (what: string) => void;

/** Takes the database away for seconds at a time. */
export const troubleDatabase = (gate: Gate, random: Random, signal: AbortSignal, count: Count) =>
  repeat(signal, async () => {
    await wait(random.between(3_000, 8_000), signal);
    if (signal.aborted) return;
    const outage = random.pick(outages);
    count(`database ${outage}`);
    await gate.set(outage);
    await wait(random.between(500, 4_000), signal);
    await gate.set('open');
  });

/**
 * Kills the host and starts it again. The 90 seconds that its leases still have pass at once: whoever held
 * them is dead.
 */
export const troubleHost = (
  host: Host,
  { query }: RealDatabase,
  random: Random,
  signal: AbortSignal,
  count: Count,
) =>
  repeat(signal, async () => {
    await wait(random.between(5_000, 12_000), signal);
    if (signal.aborted) return;
    count('host killed');
    await host.kill();
    await letTimePass(query);
    await host.start();
  });

/** One call of the sweeper's route; its counts. */
export const sweep = async ({ baseUrl }: Host): Promise<unknown> => {
  const headers = { 'x-cron-secret': demoData.cronSecret };
  const signal = AbortSignal.timeout(120_000);
  const answer = await fetch(`${baseUrl}/jobs/sweep`, { method: 'POST', headers, signal });
  return answer.json();
};

/** What a scheduler does, also while all else fails. */
export const sweepOften = (host: Host, signal: AbortSignal) =>
  repeat(signal, async () => {
    await wait(3_000, signal);
    if (!signal.aborted) await sweep(host).catch(() => undefined);
  });
