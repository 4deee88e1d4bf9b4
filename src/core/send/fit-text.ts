import { cleanText, isInvisible } from '../../lib/clean-text.ts';
import { toGsmText } from '../../lib/gsm-text.ts';
import { toPlainText } from '../../lib/plain-text.ts';
import { cutToLimit, fits } from '../../lib/text-limit.ts';
import type {
  AiProvider,
  Composed,
  ComposeOutcome,
  ComposeRequest,
  CompositionFailure,
  NotComposed,
  TokenUsage,
} from '../../ports/ai.ts';
import type { ProviderIo } from '../../ports/channel.ts';

export type WritingRequest = Omit<ComposeRequest, 'draftTooLong' | 'moreRoom'>;
type Change = Pick<ComposeRequest, 'draftTooLong' | 'moreRoom'>;
type Ask = (change: Change) => Promise<Composed | NotComposed>;

// The model itself failed: asked once more, it may write the message. If it does not, a later try would end the same way.
const drawnAgain: ReadonlySet<CompositionFailure> = new Set([
  'empty',
  'thought_too_long',
  'unfinished',
  'control_markup',
]);
// After a second call with more room, these failures only mean that the model or its server cannot take so much room.
const tooMuchRoom: ReadonlySet<CompositionFailure> = new Set(['too_slow', 'misconfigured']);

/** Lets the agent write a message that can be sent as it is: visible, plain, and inside the limit. At most three calls. */
export const fitText = async (
  provider: AiProvider,
  credentials: unknown,
  request: WritingRequest,
  io: ProviderIo,
): Promise<ComposeOutcome> => {
  const ask = async (change: Change) =>
    checked(await provider.compose(credentials, { ...request, ...change }, io), request);
  const { draft, moreRoom } = await askForDraft(ask);
  if (draft.type === 'not_composed' || fits(draft.text, request.limit)) return draft;
  const second = await ask({ draftTooLong: draft.text, moreRoom });
  const usage = sum(draft.usage, second.usage);
  const text = cutToLimit(second.type === 'composed' ? second.text : draft.text, request.limit);
  return text === '' ? wroteNothing(usage) : { type: 'composed', text, usage };
};

type Draft = { readonly draft: Composed | NotComposed; readonly moreRoom: boolean };

const askForDraft = async (ask: Ask): Promise<Draft> => {
  const first = await ask({ draftTooLong: null, moreRoom: false });
  if (first.type === 'composed' || !drawnAgain.has(first.reason)) {
    return { draft: first, moreRoom: false };
  }
  const moreRoom = first.reason === 'thought_too_long';
  const second = await ask({ draftTooLong: null, moreRoom });
  if (second.type === 'composed') {
    return { draft: { ...second, usage: sum(second.usage, first.usage) }, moreRoom };
  }
  const said = moreRoom && tooMuchRoom.has(second.reason) ? first : second;
  const usage = first.usage ? sum(first.usage, second.usage) : second.usage;
  return { draft: { ...said, usage }, moreRoom };
};

// Half of a character, mostly of an emoji that the model did not finish. It would be sent as a replacement character.
const halves = /\p{Cs}/gu;

const checked = (outcome: ComposeOutcome, { channel }: WritingRequest): Composed | NotComposed => {
  if (outcome.type === 'not_composed') return outcome;
  const plain = toPlainText(cleanText(outcome.text.replace(halves, '')), channel).trim();
  const text = channel === 'sms' ? toGsmText(plain) : plain;
  return isInvisible(text) ? wroteNothing(outcome.usage) : { ...outcome, text };
};

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
