import { AppError } from '../../errors.ts';
import { describeError } from '../../lib/describe-error.ts';
import { toWireId } from '../../lib/message-id.ts';
import { sleep } from '../../lib/sleep.ts';
import type { Deps } from '../../ports/deps.ts';
import type { WorkContext } from '../context.ts';
import { claimMessages, countAffordable } from '../send/claim-messages.ts';
import { sendLeased, type Worked } from '../send/send-leased.ts';
import type { Leased } from '../send/send-request.ts';
import { createTrace } from '../trace.ts';
import { callsOfJobs, runDueJobs } from './run-due-jobs.ts';

/** Messages at once: Workers have six connections, and the sweep needs one to claim the next message. */
const places = 4;
/**
 * How many of these places are kept for sub-accounts with no message under way, so that providers that hang cannot fill
 * all.
 */
const spare = 1;
/** Milliseconds after which it looks for new work while places are free. */
const lookEvery = 1_000;
/** Milliseconds: if a message took longer, the other messages of its sender and sub-account come later. */
const longWait = 3_000;
/** How many such messages are remembered. */
const remembered = 20;
/** Messages in one sweep, for a host's CPU limit. */
const most = 100;
/** Milliseconds after which a sweep begins nothing new; what is under way may take a minute and more. */
const budget = 25_000;
/** Milliseconds of it for jobs: a vendor who does not answer one uses them up, and queued messages still go. */
const jobBudget = 10_000;
/** The part of a limited number of calls that jobs leave to messages. */
const partForMessages = 1 / 3;

export type Swept = { readonly [status in Worked['status']]: number };

type Host = Omit<WorkContext, 'trace'>;

const workLogged = async (deps: Deps, leased: Leased, host: Host) => {
  const trace = createTrace(deps.io.now);
  trace.note({ api_key_id: leased.begun.apiKeyId });
  const fields = { event: 'sweep', message_id: toWireId(leased.begun.messageId) };
  try {
    const { status } = await sendLeased(deps, leased, { ...host, trace });
    deps.io.log('info', { ...fields, ...trace.read().fields, status });
    return status;
  } catch (error) {
    deps.io.log('error', { ...fields, cause: describeError(error) });
    return 'lost';
  }
};

const none = { sent: 0, queued: 0, failed: 0, unknown: 0, superseded: 0, lost: 0 };

/** Works on several messages at once and fills a place as soon as it is free, so a message that hangs delays no other. */
const workInTurns = async (deps: Deps, host: Host, mayTake: () => number): Promise<Swept> => {
  const counts = { ...none };
  const running = new Map<string, Promise<void>>();
  const slow: string[] = [];
  let taken = 0;
  let after: string | null = null;

  const work = async (message: Leased): Promise<void> => {
    const { messageId } = message.begun;
    const startedAt = deps.io.now();
    const status = await workLogged(deps, message, host);
    counts[status] += 1;
    running.delete(messageId);
    if (status === 'unknown' || deps.io.now() - startedAt > longWait) slow.push(messageId);
  };

  const takeUp = async (limit: number): Promise<number> => {
    const busy = [...running.keys(), ...slow.slice(-remembered)];
    const turn = { busy, after, spare };
    const claimed = await claimMessages(deps, host.calls, { most: limit, messageId: null, turn });
    const { leased, unknown, failed, superseded, unreadable } = claimed;
    for (const message of leased) running.set(message.begun.messageId, work(message));
    after = leased.at(-1)?.begun.messageId ?? after;
    counts.unknown += unknown;
    counts.failed += failed;
    counts.superseded += superseded;
    counts.lost += unreadable;
    return leased.length + unknown + failed + superseded + unreadable;
  };

  try {
    for (;;) {
      const free = Math.min(places - running.size, most - taken, mayTake());
      const looks = free > 0;
      // Messages under way keep others of their sub-accounts waiting. If they end while we look, we look again.
      const idle = running.size === 0;
      const found = looks ? await takeUp(free) : 0;
      taken += found;
      if (found === 0 && idle) return counts;
      if (found > 0 || running.size === 0) continue;
      await Promise.race([...running.values(), ...(looks ? [sleep(lookEvery)] : [])]);
    }
  } finally {
    await Promise.all(running.values());
  }
};

const isAway = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'database_unavailable';

/**
 * Does the jobs that are due, then sends messages that are due or were abandoned, until nothing is left or a sweep's
 * limit is reached.
 */
export const sweep = async (deps: Deps, host: WorkContext): Promise<Swept> => {
  const { calls, stopping, trace } = host;
  const startedAt = deps.io.now();
  const hasTime = (ms: number) => deps.io.now() < startedAt + ms && !stopping();
  const callsForMessages = calls.left() * partForMessages;
  const mayDoJobs = () => hasTime(jobBudget) && calls.left() >= callsForMessages + callsOfJobs;
  const [jobs] = await Promise.allSettled([runDueJobs(deps, mayDoJobs)]);
  if (jobs.status === 'rejected' && isAway(jobs.reason)) throw jobs.reason;
  // A fault in the jobs stops no message: the sweep fails only after them.
  const swept = await workInTurns(deps, host, () => (hasTime(budget) ? countAffordable(calls) : 0));
  if (countAffordable(calls) < 1) trace.note({ few_calls_left: true });
  if (jobs.status === 'rejected') throw jobs.reason;
  return swept;
};
