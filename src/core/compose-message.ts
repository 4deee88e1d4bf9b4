import { readMailbox } from '../lib/mailbox.ts';
import { ownValue } from '../lib/own-value.ts';
import { withoutQuotedTail } from '../lib/quoted-tail.ts';
import type { ComposeOutcome, HistoryEntry, NotComposed } from '../ports/ai.ts';
import type { TextLimit } from '../ports/channel.ts';
import type { Deps } from '../ports/deps.ts';
import type { StoredError } from '../ports/message.ts';
import type { Begun, StoredTurn } from '../ports/store.ts';
import { timeouts } from './limits.ts';
import type { Trace } from './trace.ts';
import { writeReply } from './write-reply.ts';

const notAsked = (retry: StoredError['retry'], message: string): Composition => ({
  type: 'not_asked',
  error: { code: 'ai_unavailable', retry, message: `${message} Nothing was sent.` },
});

/** What the caller is told when the model has written nothing. */
export const describeCompositionError = ({ reason, message }: NotComposed): StoredError => {
  const retry = reason === 'misconfigured' ? 'never' : 'safe';
  const remedy =
    retry === 'safe'
      ? 'Send it again with the same key.'
      : 'Correct the agent or its connection, then send it as a new message.';
  return {
    code: 'ai_unavailable',
    retry,
    message: `${message ?? 'The model wrote nothing.'} Nothing was sent. ${remedy}`,
  };
};

export type Composition =
  | ComposeOutcome
  | { readonly type: 'not_asked'; readonly error: StoredError };

/** A reply by email repeats what it answers; the agent has read that already. */
const toText = ({ senderType, content, channel, subject }: StoredTurn, own: string[]): string => {
  if (content === null) return '';
  const isReply = senderType === 'contact' && channel === 'email';
  return isReply ? withoutQuotedTail(content, { subject, own }) : content;
};

const toHistory = (turn: StoredTurn, own: string[]): HistoryEntry => ({
  from: turn.senderType === 'contact' ? 'contact' : 'business',
  text: toText(turn, own),
  at: Date.parse(turn.at),
});

/** Has the agent of a begun message write it, within the limit of the sender that is tried first. */
export const composeMessage = async (
  deps: Deps,
  begun: Begun,
  limit: TextLimit,
  trace: Trace,
): Promise<Composition> => {
  const connection = begun.agent?.connection;
  const provider = connection && ownValue(deps.aiProviders, connection.provider);
  if (!begun.agent || !connection || !provider) {
    return notAsked('never', 'The agent has no connection to a model provider: connect it first.');
  }
  if (begun.agent.tokensUsedUp) {
    const message =
      'The agent has used up its tokens for today: raise its daily_token_limit, or send it again tomorrow with the same key.';
    return notAsked('safe', message);
  }
  let credentials: unknown;
  try {
    credentials = await deps.vault.open(connection.credentials, connection.id);
  } catch {
    const message = "The credentials of the agent's connection do not open: enter them again.";
    return notAsked('never', message);
  }
  const own = begun.agent.mailboxes.map((mailbox) => readMailbox(mailbox).address);
  const request = {
    model: begun.agent.model,
    instructions: begun.agent.instructions,
    prompt: begun.prompt ?? '',
    contactName: begun.recipient.name,
    history: begun.history.map((turn) => toHistory(turn, own)),
    now: deps.io.now(),
    timeZone: begun.agent.timeZone,
    channel: begun.channel,
    limit,
  };
  const io = { fetch: deps.io.fetch, signal: AbortSignal.timeout(timeouts.ai) };
  return trace.time('ai', () => writeReply(provider, credentials, request, io));
};
