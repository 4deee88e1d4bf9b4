import { cleanText, isInvisible } from '../lib/clean-text.ts';
import { toPlainText } from '../lib/plain-text.ts';
import { cutToLimit, fits } from '../lib/text-limit.ts';
import type {
  AiProvider,
  Composed,
  ComposeOutcome,
  ComposeRequest,
  NotComposed,
  TokenUsage,
} from '../ports/ai.ts';
import type { ProviderIo } from '../ports/channel.ts';

export type ReplyRequest = Omit<ComposeRequest, 'draftTooLong'>;

/** Has the agent write a message that can be sent as it is: visible, plain, and inside the limit. At most two calls. */
export async function writeReply(
  provider: AiProvider,
  credentials: unknown,
  request: ReplyRequest,
  io: ProviderIo,
): Promise<ComposeOutcome> {
  const ask = async (draftTooLong: string | null) =>
    checked(await provider.compose(credentials, { ...request, draftTooLong }, io), request);
  const first = await ask(null);
  if (first.type === 'not_composed' || fits(first.text, request.limit)) return first;
  const second = await ask(first.text);
  const usage = sum(first.usage, second.usage);
  const text = cutToLimit(second.type === 'composed' ? second.text : first.text, request.limit);
  return text === '' ? wroteNothing(usage) : { type: 'composed', text, usage };
}

function checked(outcome: ComposeOutcome, { channel }: ReplyRequest): Composed | NotComposed {
  if (outcome.type === 'not_composed') return outcome;
  const text = toPlainText(cleanText(outcome.text), channel).trim();
  return isInvisible(text) ? wroteNothing(outcome.usage) : { ...outcome, text };
}

const wroteNothing = (usage: TokenUsage): NotComposed => ({
  type: 'not_composed',
  reason: 'empty',
  code: null,
  message: 'The model wrote no text that the channel can show.',
  retryAfterMs: null,
  usage,
});

const sum = (one: TokenUsage, other: TokenUsage | null): TokenUsage => ({
  inputTokens: one.inputTokens + (other?.inputTokens ?? 0),
  outputTokens: one.outputTokens + (other?.outputTokens ?? 0),
});
