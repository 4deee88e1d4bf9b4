import { ownValue } from '../lib/own-value.ts';
import type { ComposeOutcome, CompositionFailure, NotComposed } from '../ports/ai.ts';
import type { TextLimit } from '../ports/channel.ts';
import type { Deps } from '../ports/deps.ts';
import type { StoredError } from '../ports/message.ts';
import type { Begun } from '../ports/store.ts';
import { timeouts } from './limits.ts';
import type { Trace } from './trace.ts';
import { writeReply } from './write-reply.ts';

const happened = {
  unreachable: "The agent's model could not be reached",
  too_slow: "The agent's model took too long",
  overloaded: "The agent's model takes no more requests for now",
  quota_exceeded: "The quota or credit of the agent's model account is used up",
  declined: "The agent's model declined to write the message",
  empty: "The agent's model wrote nothing",
  unreadable: "The answer of the agent's model could not be read",
  misconfigured: "The model's vendor does not accept the agent's credentials or model name",
} as const satisfies Record<CompositionFailure, string>;

const noConnection = (message: string): StoredError => ({
  code: 'ai_unavailable',
  retry: 'never',
  message: `${message} Nothing was sent.`,
});

/** What the caller is told when the model has written nothing. */
export const describeCompositionError = ({ reason }: NotComposed): StoredError => {
  const retry = reason === 'misconfigured' ? 'never' : 'safe';
  const remedy =
    retry === 'safe'
      ? 'send it again with the same key'
      : 'correct them, then send it as a new message';
  return {
    code: 'ai_unavailable',
    retry,
    message: `${happened[reason]}. Nothing was sent: ${remedy}.`,
  };
};

export type Composition =
  | ComposeOutcome
  | { readonly type: 'no_connection'; readonly error: StoredError };

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
    const error = noConnection(
      'The agent has no connection to a model provider: connect it first.',
    );
    return { type: 'no_connection', error };
  }
  let credentials: unknown;
  try {
    credentials = await deps.vault.open(connection.credentials, connection.id);
  } catch {
    const message = "The credentials of the agent's connection do not open: enter them again.";
    return { type: 'no_connection', error: noConnection(message) };
  }
  const request = {
    model: begun.agent.model,
    instructions: begun.agent.instructions,
    prompt: begun.prompt ?? '',
    contactName: begun.recipient.name,
    history: begun.history.map(({ senderType, content }) => ({
      from: senderType === 'contact' ? ('contact' as const) : ('business' as const),
      text: content,
    })),
    channel: begun.channel,
    limit,
  };
  const io = { fetch: deps.io.fetch, signal: AbortSignal.timeout(timeouts.ai) };
  return trace.time('ai', () => writeReply(provider, credentials, request, io));
};
