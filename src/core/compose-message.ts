import { ownValue } from '../lib/own-value.ts';
import type { ComposeOutcome, NotComposed } from '../ports/ai.ts';
import type { TextLimit } from '../ports/channel.ts';
import type { Deps } from '../ports/deps.ts';
import type { StoredError } from '../ports/message.ts';
import type { Begun } from '../ports/store.ts';
import { timeouts } from './limits.ts';
import type { Trace } from './trace.ts';
import { writeReply } from './write-reply.ts';

const noConnection = (message: string): StoredError => ({
  code: 'ai_unavailable',
  retry: 'never',
  message: `${message} Nothing was sent.`,
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
