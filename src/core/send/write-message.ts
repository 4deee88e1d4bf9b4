import { ownValue } from '../../lib/own-value.ts';
import type { TokenUsage } from '../../ports/ai.ts';
import type { Begun } from '../../ports/begin-send.ts';
import type { TextLimit } from '../../ports/channel.ts';
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
  /** Another worker has the message, or nobody needs it any more: this text must not be sent. */
  | { readonly type: 'lost' }
  | { readonly type: 'superseded' };

const interrupted: StoredError = {
  code: 'ai_unavailable',
  retry: 'safe',
  message:
    'The host was stopped while the agent wrote. Nothing was sent: send it again with the same key.',
};

/** Another version of the function, which knew the provider, may have stored the message. */
const noProvider: StoredError = {
  code: 'channel_not_connected',
  retry: 'never',
  message:
    'This version of the function has none of the providers that the channel is connected to. Nothing was sent: add a sender of another provider.',
};

type NotWritten = Extract<Written, { type: 'not_written' }>;

const notWritten = (
  error: StoredError,
  known: Partial<Pick<NotWritten, 'usage' | 'retryAfterMs'>> = {},
): NotWritten => ({ type: 'not_written', error, usage: null, retryAfterMs: null, ...known });

/** The longest text that the first sender's provider takes. Null: no sender's provider serves the channel. */
const findLimit = ({ channelProviders }: Deps, { senders, channel }: Begun): TextLimit | null =>
  senders
    .map(({ connection }) => ownValue(channelProviders, connection.provider)?.carries[channel])
    .find((capacity) => capacity !== undefined)?.text ?? null;

/** Lets the agent write the message, and stores the text before it may be sent. */
export const writeMessage = async (
  deps: Deps,
  { begun, leaseId }: Leased,
  context: WorkContext,
): Promise<Written> => {
  const { trace, ending } = context;
  const limit = findLimit(deps, begun);
  if (limit === null) return notWritten(noProvider);
  const composition = await askAgent(deps, begun, limit, context);
  if (composition.type === 'not_asked') {
    trace.note({ ai_failure: composition.type });
    const { error, retryAfterMs } = composition;
    return notWritten(error, { retryAfterMs });
  }
  if (composition.type === 'not_composed') {
    const { reason, usage, retryAfterMs } = composition;
    trace.note({ ai_failure: reason });
    const error = ending?.aborted ? interrupted : describeCompositionError(composition);
    return notWritten(error, { usage, retryAfterMs });
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
  return notWritten({ code: 'recipient_opted_out', retry: 'never' }, { usage });
};
