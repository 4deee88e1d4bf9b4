import { AppError } from '../errors.ts';
import { toWireId } from '../lib/message-id.ts';
import { ownValue } from '../lib/own-value.ts';
import type { TokenUsage } from '../ports/ai.ts';
import type { Channel } from '../ports/channel.ts';
import type { Deps } from '../ports/deps.ts';
import type { StoredError } from '../ports/store.ts';
import { composeMessage, describeCompositionError } from './compose-message.ts';
import { leaseSeconds } from './limits.ts';
import { toAppError } from './send-answers.ts';
import type { Leased, Written } from './send-request.ts';
import type { Trace } from './trace.ts';

/** Stores that nothing was written, so that the row says so and the same key may try again. */
const settleUnwritten = (
  deps: Deps,
  { begun, leaseId }: Leased,
  error: StoredError,
  usage: TokenUsage | null,
): Promise<void> =>
  deps.store.settleSend({
    messageId: begun.messageId,
    leaseId,
    at: deps.io.now(),
    attempts: [],
    usage,
    result: { status: 'failed', senderId: null, provider: null, error },
  });

/** Has the agent write the message and stores it before it may be sent. */
export const writeMessage = async (
  deps: Deps,
  leased: Leased,
  channel: Channel,
  trace: Trace,
): Promise<Written> => {
  const { begun, leaseId } = leased;
  const provider = ownValue(deps.channelProviders, begun.senders[0]?.connection.provider ?? '');
  const limit = provider?.limits[channel];
  if (!limit) throw new Error('the store named a provider that does not serve the channel');

  const composition = await composeMessage(deps, begun, { channel, limit }, trace);
  if (composition.type !== 'composed') {
    const none = composition.type === 'no_connection';
    const error = none ? composition.error : describeCompositionError(composition);
    trace.note({ ai_failure: none ? 'no_connection' : composition.reason });
    await trace.time('db', () =>
      settleUnwritten(deps, leased, error, none ? null : composition.usage),
    );
    throw toAppError(error, begun.messageId);
  }

  const { text, usage } = composition;
  const leaseEndsAt = deps.io.now() + leaseSeconds * 1000;
  const committed = await trace.time('db', () =>
    deps.store.commitReply({
      messageId: begun.messageId,
      leaseId,
      leaseSeconds,
      content: text,
      usage,
    }),
  );
  if (committed === 'lost') {
    throw new AppError('send_in_progress', { messageId: toWireId(begun.messageId), retryAfter: 2 });
  }
  return { text, leaseEndsAt };
};
