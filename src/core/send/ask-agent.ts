import { readMailbox } from '../../lib/mailbox.ts';
import { ownValue } from '../../lib/own-value.ts';
import { withTimeout } from '../../lib/with-timeout.ts';
import type { ComposeOutcome, HistoryEntry, NotComposed } from '../../ports/ai.ts';
import type { Begun, StoredTurn } from '../../ports/begin-send.ts';
import type { TextLimit } from '../../ports/channel.ts';
import type { Deps } from '../../ports/deps.ts';
import type { StoredError } from '../../ports/message.ts';
import type { WorkContext } from '../context.ts';
import { timeouts } from '../limits.ts';
import { fitText } from './fit-text.ts';
import { wordTurn } from './word-turn.ts';

const notAsked = (
  retry: StoredError['retry'],
  message: string,
  retryAfterMs: number | null = null,
): Composition => ({
  type: 'not_asked',
  error: { code: 'ai_unavailable', retry, message: `${message} Nothing was sent.` },
  retryAfterMs,
});

const again = 'Send it again with the same key.';

// Machines send a request again if its error is `safe`. So a failure is `safe` only if it may go away with time, and
// never if the same request would meet it again.
const remedies = {
  unreachable: ['safe', again],
  too_slow: ['safe', again],
  overloaded: ['safe', again],
  quota_exceeded: ['safe', 'Raise it, then send it again with the same key.'],
  declined: ['never', "Change what is asked for or the agent's instructions"],
  empty: ['never', "Change what is asked for or the agent's instructions"],
  thought_too_long: ['never', 'Choose another model or shorten the instructions'],
  unfinished: ['never', 'Choose another model or see to its server'],
  control_markup: ['never', "See to the server's chat template or choose another model"],
  misconfigured: ['never', 'Correct the agent or its connection'],
  unreadable: ['never', "Correct the base URL of the agent's connection"],
} as const satisfies Record<NotComposed['reason'], readonly [StoredError['retry'], string]>;

/** The caller's error when the model has written nothing that can be sent. */
export const describeCompositionError = ({ reason, message }: NotComposed): StoredError => {
  const [retry, remedy] = remedies[reason];
  const whole = retry === 'safe' ? remedy : `${remedy}, then send it as a new message.`;
  return {
    code: 'ai_unavailable',
    retry,
    message: `${message ?? 'The model wrote nothing.'} Nothing was sent. ${whole}`,
  };
};

export type Composition =
  | ComposeOutcome
  | {
      readonly type: 'not_asked';
      readonly error: StoredError;
      readonly retryAfterMs: number | null;
    };

const toHistory = (turn: StoredTurn, own: readonly string[]): HistoryEntry => ({
  from: turn.senderType === 'contact' ? 'contact' : 'business',
  text: wordTurn(turn, own),
  at: Date.parse(turn.at),
});

/** Reserved tokens become free again when their messages are written. */
const outOfTokens = (tokens: 'reserved' | 'used_up'): Composition =>
  tokens === 'reserved'
    ? notAsked(
        'safe',
        'The messages that the agent is writing now may use up its daily_token_limit: send it again in a minute with the same key, or raise the limit.',
        60_000,
      )
    : notAsked(
        'safe',
        'The agent has used up its tokens for today: raise its daily_token_limit, or send it again tomorrow with the same key.',
      );

/** Lets the agent write a begun message. `limit` is the longest text that the first sender's provider takes. */
export const askAgent = async (
  deps: Deps,
  begun: Begun,
  limit: TextLimit,
  { trace, ending }: Pick<WorkContext, 'trace' | 'ending'>,
): Promise<Composition> => {
  const connection = begun.agent?.connection;
  const provider = connection && ownValue(deps.aiProviders, connection.provider);
  if (!begun.agent || !connection || !provider) {
    return notAsked('never', 'The agent has no connection to a model provider: connect it first.');
  }
  if (begun.agent.tokens !== 'left') return outOfTokens(begun.agent.tokens);
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
  const { fetch } = deps.io;
  return trace.time('ai', () =>
    withTimeout(timeouts.ai, ending, (signal) =>
      fitText(provider, credentials, request, { fetch, signal }),
    ),
  );
};
