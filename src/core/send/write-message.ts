import { ownValue } from '../../lib/own-value.ts';
import type { TokenUsage } from '../../ports/ai.ts';
import type { Deps } from '../../ports/deps.ts';
import type { StoredError } from '../../ports/message.ts';
import type { WorkContext } from '../context.ts';
import { leaseSeconds } from '../limits.ts';
import { askAgent, describeCompositionError } from './ask-agent.ts';
import { giveBack } from './give-back.ts';
import type { Leased } from './send-request.ts';

export type Written =
  | { readonly type: 'written'; readonly text: string; readonly leaseEndsAt: number }
  | {
      readonly type: 'not_written';
      readonly error: StoredError;
      readonly usage: TokenUsage | null;
      readonly retryAfterMs: number | null;
    }
  /** Somebody else is at it by now, or nobody needs it any more: this text must not be sent. */
  | { readonly type: 'lost' }
  | { readonly type: 'superseded' };

const interrupted: StoredError = {
  code: 'ai_unavailable',
  retry: 'safe',
  message:
    'The host was stopped while the agent wrote. Nothing was sent: send it again with the same key.',
};

/** Has the agent write the message and stores it before it may be sent. */
export const writeMessage = async (
  deps: Deps,
  { begun, leaseId }: Leased,
  context: WorkContext,
): Promise<Written> => {
  const provider = ownValue(deps.channelProviders, begun.senders[0]?.connection.provider ?? '');
  const limit = provider?.carries[begun.channel]?.text;
  if (!limit) throw new Error('the store named a provider that does not serve the channel');

  const { trace, ending } = context;
  const composition = await askAgent(deps, begun, limit, context);
  if (composition.type === 'not_asked') {
    trace.note({ ai_failure: composition.type });
    const { error, retryAfterMs } = composition;
    return { type: 'not_written', error, usage: null, retryAfterMs };
  }
  if (composition.type === 'not_composed') {
    const { reason, usage, retryAfterMs } = composition;
    trace.note({ ai_failure: reason });
    return {
      type: 'not_written',
      error: ending?.aborted ? interrupted : describeCompositionError(composition),
      usage,
      retryAfterMs,
    };
  }
  const { text, usage } = composition;
  const { messageId } = begun;
  const leaseEndsAt = deps.io.now() + leaseSeconds * 1000;
  const commit = () =>
    deps.store.commitReply({ messageId, leaseId, leaseSeconds, content: text, usage });
  const committed = await trace.time('db', commit).catch(async (error: unknown) => {
    throw await giveBack(deps, { messageId, leaseId, begun }, error);
  });
  if (committed === 'committed') return { type: 'written', text, leaseEndsAt };
  if (committed !== 'opted_out') return { type: committed };
  return {
    type: 'not_written',
    error: { code: 'recipient_opted_out', retry: 'never' },
    usage,
    retryAfterMs: null,
  };
};
