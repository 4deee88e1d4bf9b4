import { AppError } from '../../errors.ts';
import { toWireId } from '../../lib/message-id.ts';
import type { Begun } from '../../ports/begin-send.ts';
import type { Deps } from '../../ports/deps.ts';
import type { Settled, SettleSend } from '../../ports/settlement.ts';
import { planRetry } from './plan-retry.ts';

type Held = {
  readonly messageId: string;
  readonly leaseId: string;
  /** Null: the step that stores the message failed. */
  readonly begun: Pick<Begun, 'retried' | 'tries'> | null;
};

const never = { retried: false, tries: 0 } as const;

/** A message that would be queued past its last hour is failed instead. In both cases this request does not send it. */
const isReleased = (wanted: SettleSend['result']['status'], settled: Settled | null): boolean =>
  settled?.status === wanted || (wanted === 'queued' && settled?.status === 'failed');

/** Nothing was sent, so a request with the same key may try again at once, and an asynchronous message is tried again. */
const release = (deps: Deps, { messageId, leaseId, begun }: Held): Promise<boolean> => {
  const error = { code: 'database_unavailable', retry: 'safe' } as const;
  const failed = { status: 'failed', senderId: null, provider: null, error } as const;
  const at = deps.io.now();
  const result = planRetry(
    begun ?? never,
    { result: failed, retryAfterMs: null },
    { atOnce: false },
  );
  return deps.store
    .settleSend({ messageId, leaseId, at, attempts: [], usage: null, result })
    .then((settled) => isReleased(result.status, settled))
    .catch(() => false);
};

const unsure =
  'The database did not answer in time, so the message may be stored, and then it is still sent: ask GET /messages/{message_id}, and send the same request again if it is not there.';

/**
 * Gives a message back when a step before its delivery has failed, and returns the caller's error: `safe` only if it is
 * certain that the message will not be sent.
 */
export const giveBack = async (deps: Deps, held: Held, cause: unknown): Promise<AppError> => {
  const id = toWireId(held.messageId);
  const stored = held.begun === null ? {} : { messageId: id };
  if (!(cause instanceof AppError) || cause.code !== 'database_unavailable') {
    await release(deps, held);
    return new AppError('internal_error', { messageId: id, cause });
  }
  const mayBeSent = held.begun !== null || cause.details.uncertain === true;
  if (!mayBeSent || (await release(deps, held))) {
    return new AppError('database_unavailable', { ...stored, retryAfter: 2, cause });
  }
  const details = { retry: 'check', message: unsure, messageId: id, retryAfter: 2, cause } as const;
  return new AppError('database_unavailable', details);
};
