import { AppError } from '../../errors.ts';
import { countWords } from '../../lib/count-words.ts';
import { describeError } from '../../lib/describe-error.ts';
import { sleep } from '../../lib/sleep.ts';
import type { Deps } from '../../ports/deps.ts';
import type { StorableEvent } from '../../ports/storable-event.ts';
import type { RecordedEvent, WaitingReply } from '../../ports/store.ts';
import { withCalls } from '../call-budget.ts';
import type { WorkContext } from '../context.ts';
import { runJobOf } from '../jobs/run-job.ts';
import { mostCalls } from '../limits.ts';
import { sendQueued } from '../send/send-queued.ts';

/** Milliseconds. Hosts end work that goes on long after a response, so the sweeper sends a reply that waits longer. */
const longestPause = 20_000;

// The row says when the reply is due. This only looks at that moment, so that the reply need not wait for the sweeper.
const replyWhenDue = async (
  deps: Deps,
  { messageId, pauseMs }: WaitingReply,
  context: WorkContext,
): Promise<void> => {
  if (pauseMs > longestPause) return;
  await sleep(pauseMs + 50);
  if (!context.stopping()) await sendQueued(deps, messageId, context);
};

// Without enough calls, the job is left to the sweeper.
const fetchText = (deps: Deps, messageId: string, { calls }: WorkContext) =>
  withCalls(calls, mostCalls.job, () => runJobOf(deps, 'fetch_text', messageId));

const goOn = async (deps: Deps, recorded: RecordedEvent, context: WorkContext): Promise<void> => {
  try {
    const { messageId, textIsElsewhere, reply } = recorded;
    const fetched = messageId && textIsElsewhere ? await fetchText(deps, messageId, context) : null;
    const waiting = reply ?? fetched;
    if (waiting) await replyWhenDue(deps, waiting, context);
  } catch (error) {
    deps.io.log('error', { event: 'inbound_not_finished', cause: describeError(error) });
  }
};

/** Each chunk is stored in a transaction of its own, so that the events of a large call do not lock their rows for long. */
const eventsPerChunk = 100;

/** The classes of Postgres that say that the data cannot be stored. Every other refusal is a fault of ours. */
const dataCodes = /^(?:22|23|54)/;

/** The connection that a vendor called at, and its version if it was remembered. */
type CalledAt = { readonly connectionId: string; readonly version: string | null };

const recordChunk = async (
  deps: Deps,
  { connectionId, version }: CalledAt,
  events: readonly StorableEvent[],
  context: WorkContext,
): Promise<readonly RecordedEvent[] | null> => {
  const record = () => deps.store.recordWebhook(connectionId, events, version);
  const recorded = await context.trace.time('db', record);
  for (const event of recorded ?? []) {
    const { outcome, code, reply, textIsElsewhere } = event;
    if (outcome === 'rejected') deps.io.log('error', { event: 'event_rejected', code });
    if (reply || textIsElsewhere) context.waitUntil(goOn(deps, event, context));
  }
  return recorded;
};

const recordAll = async (
  deps: Deps,
  calledAt: CalledAt,
  events: readonly StorableEvent[],
  context: WorkContext,
): Promise<readonly RecordedEvent[] | null> => {
  const recorded: RecordedEvent[] = [];
  // So that what the first events bring about does not use up the calls that the last ones need.
  const chunks = Math.ceil(events.length / eventsPerChunk);
  const release = context.calls.hold(chunks * mostCalls.database);
  try {
    for (let start = 0; start < events.length; start += eventsPerChunk) {
      const chunk = events.slice(start, start + eventsPerChunk);
      const stored = await recordChunk(deps, calledAt, chunk, context);
      if (stored === null) return null;
      recorded.push(...stored);
    }
    return recorded;
  } finally {
    release();
  }
};

/**
 * Stores a call's events, chunk by chunk. If a fault of ours keeps an event from being stored, this throws once the others are
 * stored. The vendor calls again then, and the others are known. False: the connection has changed or is gone.
 */
export const recordEvents = async (
  deps: Deps,
  calledAt: CalledAt,
  events: readonly StorableEvent[],
  context: WorkContext,
): Promise<boolean> => {
  const recorded = await recordAll(deps, calledAt, events, context);
  if (recorded === null) return false;
  context.trace.note({ events: countWords(recorded.map(({ outcome }) => outcome)) });
  const fault = recorded.find(
    ({ outcome, code }) => outcome === 'rejected' && !dataCodes.test(code ?? ''),
  );
  if (fault) {
    throw new AppError('internal_error', { cause: new Error(`database answered ${fault.code}`) });
  }
  return true;
};
