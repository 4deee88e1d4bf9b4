import { isInvisible } from '../lib/clean-text.ts';
import { readText } from '../lib/read-text.ts';
import { retryAfterMs } from '../lib/retry-after.ts';
import { cutToLimit } from '../lib/text-limit.ts';
import type { ComposeOutcome, CompositionFailure, NotComposed, TokenUsage } from '../ports/ai.ts';
import type { ProviderIo } from '../ports/channel.ts';
import { notComposed } from './not-composed.ts';

export type ModelCall = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
};

type ModelAnswer = {
  readonly text: string;
  readonly usage: TokenUsage | null;
  /** Why the model stopped, in the vendor's word. */
  readonly stopped: string | null;
  readonly declined: boolean;
  /** The model ran out of tokens. */
  readonly cutOff: boolean;
};

type ModelError = {
  readonly code: string | null;
  /** What the vendor's code means where the HTTP status does not say it. */
  readonly reason: CompositionFailure | null;
};

/** How a vendor words its answers. */
export type AnswerFormat = {
  /** Null when the body is not an answer of this format. */
  readonly readAnswer: (body: unknown) => ModelAnswer | null;
  readonly readError: (body: unknown) => ModelError;
};

/** Makes one call to a model. Never throws; never follows a redirect, which would take the key elsewhere. */
export async function callModel(
  call: ModelCall,
  format: AnswerFormat,
  io: ProviderIo,
): Promise<ComposeOutcome> {
  try {
    const response = await io.fetch(call.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...call.headers },
      body: JSON.stringify(call.body),
      redirect: 'manual',
      signal: io.signal,
    });
    return response.ok
      ? fromAnswer(response.status, parseJson(await readText(response)), format)
      : await fromError(response, format);
  } catch {
    return notComposed(io.signal.aborted ? 'too_slow' : 'unreachable');
  }
}

function fromAnswer(status: number, body: unknown, format: AnswerFormat): ComposeOutcome {
  const answer = format.readAnswer(body);
  if (answer === null) {
    return notComposed('unreadable', { status, code: format.readError(body).code });
  }
  const { usage, stopped: code } = answer;
  if (answer.declined) return notComposed('declined', { code, usage });
  const text = answer.cutOff ? withoutUnfinishedEnd(answer.text) : answer.text;
  if (isInvisible(text)) return notComposed('empty', { code, usage });
  return { type: 'composed', text, usage: usage ?? { inputTokens: 0, outputTokens: 0 } };
}

// Cutting by one character drops the last sentence, or the last word of the only one.
const withoutUnfinishedEnd = (text: string) =>
  cutToLimit(text, { max: text.length - 1, unit: 'characters' });

async function fromError(response: Response, format: AnswerFormat): Promise<NotComposed> {
  // The status says enough when the body breaks off.
  const body = parseJson(await readText(response).catch(() => ''));
  const { code, reason } = format.readError(body);
  const { status, headers } = response;
  return notComposed(reason ?? reasonOfStatus(status), {
    status,
    code,
    retryAfterMs: retryAfterMs(headers),
  });
}

function reasonOfStatus(status: number): CompositionFailure {
  if (status < 400) return 'unreadable';
  if (status === 402) return 'quota_exceeded';
  if (status === 429 || status === 503 || status === 529) return 'overloaded';
  // 408 and 409 are the server's own timeouts and conflicts: the vendors' clients repeat them.
  return status >= 500 || status === 408 || status === 409 ? 'unreachable' : 'misconfigured';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
