import { describeError } from '../../lib/describe-error.ts';
import { toWireId } from '../../lib/message-id.ts';
import { sleep } from '../../lib/sleep.ts';
import type { Deps } from '../../ports/deps.ts';
import type { StoredError } from '../../ports/message.ts';
import type { Settled, SettleSend } from '../../ports/settlement.ts';
import type { WorkContext } from '../context.ts';
import { deliver } from './deliver-message.ts';
import { planRetry } from './plan-retry.ts';
import { isAccepted } from './refusals.ts';
import type { Leased } from './send-request.ts';
import { writeMessage } from './write-message.ts';

export type Worked =
  | { readonly status: 'sent'; readonly text: string; readonly at: number }
  | {
      /** `queued`: it is tried again later. */
      readonly status: 'failed' | 'unknown' | 'queued';
      readonly error: StoredError;
      /** Milliseconds. */
      readonly retryAfterMs: number | null;
    }
  | { readonly status: 'lost' }
  | { readonly status: 'superseded' };

/** Milliseconds between the tries to store what came of a message, once the answer has gone. */
const latePauses = [1_000, 3_000, 9_000] as const;

const logUnsettled = ({ io }: Deps, { messageId }: SettleSend, error: unknown) =>
  io.log('error', {
    event: 'not_settled',
    message_id: toWireId(messageId),
    cause: describeError(error),
  });

const settleLate = async (deps: Deps, settlement: SettleSend): Promise<void> => {
  for (const pause of latePauses) {
    await sleep(pause);
    try {
      await deps.store.settleSend(settlement);
      return;
    } catch (error) {
      logUnsettled(deps, settlement, error);
    }
  }
};

/** Stores what came of it. Where it could not, the caller still gets the truth, and storing goes on after the answer. */
const settle = async (
  deps: Deps,
  settlement: SettleSend,
  { trace, waitUntil }: WorkContext,
): Promise<Settled | null | 'not_stored'> => {
  try {
    return await trace.time('db', () => deps.store.settleSend(settlement));
  } catch (error) {
    trace.note({ settled: false });
    logUnsettled(deps, settlement, error);
    waitUntil(settleLate(deps, settlement));
    return 'not_stored';
  }
};

/** Has the agent write it, where it is not written yet, and asks the providers. */
const attempt = async (deps: Deps, leased: Leased, context: WorkContext) => {
  const { begun, leaseId, leaseEndsAt } = leased;
  const written =
    begun.content === null
      ? await writeMessage(deps, leased, context)
      : ({ type: 'written', text: begun.content, leaseEndsAt } as const);
  if (written.type === 'lost' || written.type === 'superseded') return written.type;
  if (written.type === 'written') {
    const { text } = written;
    const { ending } = context;
    const content = { ...begun.parts, text };
    const parcel = { begun, leaseId, content, leaseEndsAt: written.leaseEndsAt, ending };
    return { text, usage: null, ...(await deliver(deps, parcel, context.trace)) };
  }
  const { error, usage, retryAfterMs } = written;
  const result = { status: 'failed', senderId: null, provider: null, error } as const;
  return { text: '', usage, at: deps.io.now(), attempts: [], result, retryAfterMs };
};

/** Nothing was sent, but nothing says so in the database: whoever takes the message up may still send it. */
const unstored = (error: StoredError): StoredError => {
  if (error.retry === 'check') return error;
  const message =
    'It was not sent so far, but that could not be stored, so it may still be sent: ask GET /messages/{message_id} in two minutes, before you send anything in its place.';
  return { ...error, retry: 'check', message };
};

type Reached = {
  readonly result: SettleSend['result'];
  readonly text: string;
  readonly at: number;
  readonly retryAfterMs: number | null;
};

/** Nobody else has settled it. */
const ownOutcome = ({ result, text, at, retryAfterMs }: Reached): Worked =>
  result.status === 'sent'
    ? { status: 'sent', text, at }
    : { status: result.status, error: result.error, retryAfterMs };

/** The store has the last word: a receipt, or another worker, may have been faster than the provider's answer. */
const tell = (reached: Reached, { status, sentAt, error }: Settled): Worked => {
  const { result, text, at, retryAfterMs } = reached;
  if (isAccepted(status) && text !== '') {
    return { status: 'sent', text, at: sentAt === null ? at : Date.parse(sentAt) };
  }
  if (status === 'superseded') return result.status === 'sent' ? ownOutcome(reached) : { status };
  const told = status === 'failed' || status === 'unknown' || status === result.status;
  return told && status !== 'sent' && error !== null
    ? { status, error, retryAfterMs }
    : { status: 'lost' };
};

/** Takes a leased message as far as it gets, and stores how far that was. */
export const sendLeased = async (
  deps: Deps,
  leased: Leased,
  context: WorkContext,
): Promise<Worked> => {
  const attempted = await attempt(deps, leased, context);
  if (typeof attempted === 'string') {
    context.trace.note({ outcome: attempted });
    return { status: attempted };
  }

  const { text, at, attempts, usage, retryAfterMs } = attempted;
  const { begun, leaseId } = leased;
  const result = planRetry(begun, attempted, { atOnce: context.ending?.aborted ?? false });
  const settlement = { messageId: begun.messageId, leaseId, at, attempts, usage, result };
  const settled = await settle(deps, settlement, context);
  const reached = { result, text, at, retryAfterMs };
  const worked =
    typeof settled === 'object' && settled ? tell(reached, settled) : ownOutcome(reached);
  context.trace.note({ provider: result.provider, outcome: worked.status });
  return settled === 'not_stored' && 'error' in worked
    ? { ...worked, error: unstored(worked.error) }
    : worked;
};
