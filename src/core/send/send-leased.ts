import { describeError } from '../../lib/describe-error.ts';
import { toWireId } from '../../lib/message-id.ts';
import { sleep } from '../../lib/sleep.ts';
import type { Deps } from '../../ports/deps.ts';
import type { StoredError } from '../../ports/message.ts';
import type { Settled, SettleSend } from '../../ports/settlement.ts';
import type { CallBudget } from '../call-budget.ts';
import type { WorkContext } from '../context.ts';
import { mostCalls } from '../limits.ts';
import { deliver } from './deliver-message.ts';
import { planRetry } from './plan-retry.ts';
import { isAccepted } from './refusals.ts';
import type { Leased } from './send-request.ts';
import { type Written, writeMessage } from './write-message.ts';

type Sent = { readonly status: 'sent'; readonly text: string; readonly at: number };

type NotSent = {
  /** `queued`: it is tried again later. */
  readonly status: 'failed' | 'unknown' | 'queued';
  readonly error: StoredError;
  /** Milliseconds. */
  readonly retryAfterMs: number | null;
};

export type Worked =
  | Sent
  | NotSent
  | { readonly status: 'lost' }
  | { readonly status: 'superseded' };

/** Milliseconds between the tries to store an outcome after the response. */
const latePauses = [1_000, 3_000, 9_000] as const;

const logUnsettled = ({ io }: Deps, { messageId }: SettleSend, error: unknown) =>
  io.log('error', {
    event: 'not_settled',
    message_id: toWireId(messageId),
    cause: describeError(error),
  });

const settleLate = async (deps: Deps, settlement: SettleSend, calls: CallBudget): Promise<void> => {
  for (const pause of latePauses) {
    await sleep(pause);
    // The others under way need the rest. The sweeper settles the message when its lease is over.
    if (calls.left() < mostCalls.database) return;
    try {
      await deps.store.settleSend(settlement);
      return;
    } catch (error) {
      logUnsettled(deps, settlement, error);
    }
  }
};

/** Stores the outcome. If that fails, the caller still gets the truth, and this goes on trying after the response. */
const settle = async (
  deps: Deps,
  settlement: SettleSend,
  { calls, trace, waitUntil }: WorkContext,
): Promise<Settled | null | 'not_stored'> => {
  try {
    return await trace.time('db', () => deps.store.settleSend(settlement));
  } catch (error) {
    trace.note({ settled: false });
    logUnsettled(deps, settlement, error);
    waitUntil(settleLate(deps, settlement, calls));
    return 'not_stored';
  }
};

/** The caller's text, or the one that the agent writes now. */
const findText = async (deps: Deps, leased: Leased, context: WorkContext): Promise<Written> => {
  const { content } = leased.begun;
  return content === null
    ? await writeMessage(deps, leased, context)
    : { type: 'written', text: content, leaseEndsAt: leased.leaseEndsAt };
};

/** How far this worker got. */
type Reached = {
  readonly settlement: SettleSend;
  /** The result for the caller, if nobody else has settled the message. */
  readonly own: Sent | NotSent;
  /** The result for the caller if a provider accepted the message. Null: this worker had no text to send. */
  readonly accepted: Sent | null;
};

/** The agent wrote nothing that can be sent, so no provider is asked. */
const fail = (
  deps: Deps,
  { begun, leaseId }: Leased,
  { error, usage, retryAfterMs }: Extract<Written, { type: 'not_written' }>,
  atOnce: boolean,
): Reached => {
  const at = deps.io.now();
  const failed = { status: 'failed', senderId: null, provider: null, error } as const;
  const result = planRetry(begun, { result: failed, retryAfterMs }, { atOnce });
  return {
    settlement: { messageId: begun.messageId, leaseId, at, attempts: [], usage, result },
    own: { status: result.status, error: result.error, retryAfterMs },
    accepted: null,
  };
};

const deliverText = async (
  deps: Deps,
  { begun, ambiguous, leaseId }: Leased,
  { text, leaseEndsAt }: Extract<Written, { type: 'written' }>,
  { calls, ending, trace }: WorkContext,
): Promise<Reached> => {
  const parcel = {
    begun,
    ambiguous,
    leaseId,
    content: { ...begun.parts, text },
    leaseEndsAt,
    ending,
    calls,
  };
  const delivery = await deliver(deps, parcel, trace);
  const { at, attempts, retryAfterMs } = delivery;
  const result = planRetry(begun, delivery, { atOnce: ending?.aborted ?? false });
  const accepted = { status: 'sent', text, at } as const;
  return {
    settlement: { messageId: begun.messageId, leaseId, at, attempts, usage: null, result },
    own:
      result.status === 'sent'
        ? accepted
        : { status: result.status, error: result.error, retryAfterMs },
    accepted,
  };
};

/** Nothing was sent, but the database does not say so: another worker may still send it. */
const unstored = (error: StoredError): StoredError => {
  if (error.retry === 'check') return error;
  const message =
    'It was not sent so far, but that could not be stored, so it may still be sent: ask GET /messages/{message_id} in two minutes, before you send anything in its place.';
  return { ...error, retry: 'check', message };
};

/** The store decides: a receipt, or another worker, may have been faster than the provider's response. */
const tell = ({ own, accepted }: Reached, { status, sentAt, error }: Settled): Worked => {
  if (isAccepted(status) && accepted !== null) {
    return { ...accepted, at: sentAt === null ? accepted.at : Date.parse(sentAt) };
  }
  if (status === 'superseded') return own.status === 'sent' ? own : { status };
  const retryAfterMs = own.status === 'sent' ? null : own.retryAfterMs;
  const isQueued = status === 'queued' && own.status === 'queued';
  return (status === 'failed' || status === 'unknown' || isQueued) && error !== null
    ? { status, error, retryAfterMs }
    : { status: 'lost' };
};

const workOn = async (deps: Deps, leased: Leased, context: WorkContext): Promise<Worked> => {
  const written = await findText(deps, leased, context);
  if (written.type === 'lost' || written.type === 'superseded') {
    context.trace.note({ outcome: written.type });
    return { status: written.type };
  }
  const reached =
    written.type === 'written'
      ? await deliverText(deps, leased, written, context)
      : fail(deps, leased, written, context.ending?.aborted ?? false);
  const { settlement, own } = reached;
  const settled = await settle(deps, settlement, context);
  const worked = settled === null || settled === 'not_stored' ? own : tell(reached, settled);
  context.trace.note({ provider: settlement.result.provider, outcome: worked.status });
  return settled === 'not_stored' && 'error' in worked
    ? { ...worked, error: unstored(worked.error) }
    : worked;
};

/** Takes a leased message as far as possible, and stores how far that was. */
export const sendLeased = async (
  deps: Deps,
  leased: Leased,
  context: WorkContext,
): Promise<Worked> => {
  try {
    return await workOn(deps, leased, context);
  } finally {
    leased.releaseCalls();
  }
};
