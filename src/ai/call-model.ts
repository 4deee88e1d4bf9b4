import { isInvisible } from '../lib/clean-text.ts';
import { parseJson } from '../lib/parse-json.ts';
import { readText } from '../lib/read-text.ts';
import { retryAfterMs } from '../lib/retry-after.ts';
import { cutToLimit } from '../lib/text-limit.ts';
import type { ComposeOutcome, CompositionFailure, NotComposed, TokenUsage } from '../ports/ai.ts';
import type { ProviderIo } from '../ports/channel.ts';
import { reasonOfStatus, reasonOfWords } from './failure-reason.ts';
import { notComposed } from './not-composed.ts';
import { toSpoken } from './spoken-text.ts';

export type ModelCall = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** The most tokens that the model may write. */
  readonly maxTokens: number;
};

/** How the model ended. Any word of the vendor's that the format does not know is `unfinished`. */
export type Ending = 'whole' | 'cut_off' | 'declined' | 'overloaded' | 'failed' | 'unfinished';

type ModelAnswer = {
  readonly text: string;
  readonly usage: TokenUsage | null;
  /** The vendor's word for why the model stopped. */
  readonly stopped: string | null;
  readonly ending: Ending;
};

export type ModelError = {
  readonly code: string | null;
  /** The vendor's code and type. */
  readonly words: readonly string[];
  /** The meaning of the vendor's code, where the HTTP status does not tell it. */
  readonly reason: CompositionFailure | null;
};

/** Reads one vendor's responses. */
export type AnswerFormat = {
  /** Null when the body is not a response of this format. */
  readonly readResponse: (body: unknown) => ModelAnswer | null;
  /** The error in a body, whatever its HTTP status. */
  readonly findError: (body: unknown) => ModelError | null;
  readonly readError: (body: unknown) => ModelError;
  /** The same call in other words, if the server says that it does not know a word of this one. */
  readonly reword?: (refusal: string) => ModelCall | null;
};

type Answered = { readonly status: number; readonly headers: Headers; readonly text: string };

/**
 * Calls a model once, and again in other words if its server asks for that. Never throws; never follows a redirect,
 * which would take the key elsewhere.
 */
export const callModel = async (
  call: ModelCall,
  format: AnswerFormat,
  io: ProviderIo,
): Promise<ComposeOutcome> => {
  try {
    const answered = await post(call, io);
    if (answered.status === 400 || answered.status === 422) {
      const reworded = format.reword?.(answered.text);
      if (reworded) return await callModel(reworded, format, io);
    }
    return answered.status >= 200 && answered.status < 300
      ? fromAnswer(answered.status, parseJson(answered.text), format, call)
      : fromError(answered, format);
  } catch {
    return notComposed(io.signal.aborted ? 'too_slow' : 'unreachable');
  }
};

const post = async (call: ModelCall, io: ProviderIo): Promise<Answered> => {
  const response = await io.fetch(call.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...call.headers },
    body: JSON.stringify(call.body),
    redirect: 'manual',
    signal: io.signal,
  });
  const { status, headers, ok } = response;
  const text = readText(response);
  // If the error's body breaks off, its status says enough.
  return { status, headers, text: await (ok ? text : text.catch(() => '')) };
};

const fromAnswer = (
  status: number,
  body: unknown,
  format: AnswerFormat,
  { maxTokens }: ModelCall,
): ComposeOutcome => {
  const answer = format.readResponse(body);
  const error = format.findError(body);
  const usage = answer?.usage ?? null;
  if (error !== null) {
    return notComposed(error.reason ?? reasonOfWords(error.words), { code: error.code, usage });
  }
  if (answer === null) {
    return notComposed('unreadable', { status, code: format.readError(body).code });
  }
  const { stopped: code } = answer;
  const ending = endingOf(answer, maxTokens);
  if (ending !== 'whole' && ending !== 'cut_off') {
    return notComposed(ending === 'failed' ? 'unreachable' : ending, { code, usage });
  }
  const spoken = toSpoken(answer.text);
  if (spoken.type === 'markup') return notComposed('control_markup', { code, usage });
  const text = spoken.type === 'thoughts' ? '' : spoken.text;
  const tokens = usage?.outputTokens || maxTokens;
  if (ending === 'cut_off' && (isInvisible(text) || text.length >= Math.max(tokens, fewTokens))) {
    return notComposed('thought_too_long', { code, usage, tokens });
  }
  const kept = ending === 'cut_off' ? withoutUnfinishedEnd(text) : text;
  if (isInvisible(kept)) return notComposed('empty', { code, usage });
  return { type: 'composed', text: kept, usage: usage ?? { inputTokens: 0, outputTokens: 0 } };
};

// No word for the end, and all tokens used: the text was cut off.
const endingOf = ({ stopped, ending, usage }: ModelAnswer, maxTokens: number): Ending =>
  stopped === null && ending === 'whole' && (usage?.outputTokens ?? 0) >= maxTokens
    ? 'cut_off'
    : ending;

// A text as long as its tokens leaves no room for thoughts beside it, and may itself be thoughts that nothing has ended
// yet. A server that ends a message below this many characters has a reason of its own.
const fewTokens = 1_000;

// Cutting one character makes the shortening drop the last sentence, or the last word if there is only one sentence.
const withoutUnfinishedEnd = (text: string) =>
  cutToLimit(text, { max: text.length - 1, unit: 'characters' });

const fromError = ({ status, headers, text }: Answered, format: AnswerFormat): NotComposed => {
  const { code, reason } = format.readError(parseJson(text));
  return notComposed(reason ?? reasonOfStatus(status), {
    status,
    code,
    retryAfterMs: retryAfterMs(headers),
  });
};
