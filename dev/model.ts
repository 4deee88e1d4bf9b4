import { setTimeout as sleep } from 'node:timers/promises';
import { LLMock } from '@copilotkit/aimock';
import { demoData } from './demo-data.ts';
import { explainListening } from './serve.ts';

/** The model's behaviour at one call. */
export type ModelTurn =
  | { readonly type: 'reply'; readonly text: string }
  | { readonly type: 'empty' }
  | { readonly type: 'late'; readonly ms: number; readonly text: string }
  | {
      readonly type: 'error';
      readonly status: number;
      readonly message?: string;
      /** The vendor's type of error, such as `insufficient_quota` or `overloaded_error`. */
      readonly errorType?: string;
      /** Seconds. */
      readonly retryAfter?: number;
    };

type ModelCall = {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
};

/** The reply to a call when nothing is queued. `asked` is everything that was said to the model. */
export type ModelAnswer = (asked: string) => ModelTurn;

export type Model = {
  readonly origin: string;
  /** Queues the replies to the next calls, in order. When the queue is empty, a call gets one of `modelReplies`. */
  next(...turns: readonly ModelTurn[]): void;
  /** The reply to every call that nothing is queued for, until it is null or reset. */
  always(turn: ModelTurn | null): void;
  standing(): ModelTurn | null;
  calls(): readonly ModelCall[];
  reset(): void;
  stop(): Promise<void>;
};

export const modelReplies = [
  'Hi Jane! Thanks for writing to Acme Dental. We have you down for Thursday at 10 am. See you then!',
  'Hello Jane, good to hear from you. Tuesday at 3 pm is free if that suits you better.',
  'Hi Jane, a gentle reminder from all of us at Acme Dental: your check-up is tomorrow morning.',
  'Thank you, Jane! Your insurance covers the cleaning, so there is nothing to pay on the day.',
  'Hi Jane! Glad you are feeling better. If anything hurts again, just answer here and we will see you the same day.',
] as const;

const timeOfDay = /It is \w+day, [^)]*\)\./g;

/** The same request always gets the same reply, whatever time it is. */
const pickReply = (asked: string): string => {
  const sum = [...asked.replace(timeOfDay, '')].reduce(
    (total, unit) => total + unit.charCodeAt(0),
    0,
  );
  return modelReplies[sum % modelReplies.length] ?? modelReplies[0];
};

const replyAtOnce: ModelAnswer = (asked) => ({ type: 'reply', text: pickReply(asked) });

/** The usual replies after a delay, to see an agent at work. */
export const replyAfter =
  (ms: number): ModelAnswer =>
  (asked) => ({ type: 'late', ms, text: pickReply(asked) });

const usage = { prompt_tokens: 120, completion_tokens: 24, input_tokens: 120, output_tokens: 24 };

const toResponse = async (turn: ModelTurn) => {
  switch (turn.type) {
    case 'reply':
      return { content: turn.text, usage };
    case 'empty':
      return { content: '', usage };
    case 'late':
      await sleep(turn.ms, undefined, { ref: false });
      return { content: turn.text, usage };
    case 'error': {
      const { status, message = 'Fault', errorType = 'server_error', retryAfter } = turn;
      const wait = retryAfter === undefined ? {} : { retryAfter };
      return { error: { message, type: errorType }, status, ...wait };
    }
  }
};

type Asked = Readonly<Record<string, unknown>> & { readonly model: string };

/** Refuses what the vendors refuse: OpenAI's reasoning models know no max_tokens, Anthropic's newest version no sampling. */
const refuse = (asked: Asked) => {
  const { model } = asked;
  const unknown = /^(gpt-5|o\d)/.test(model) ? ['max_tokens'] : ['temperature', 'top_p', 'top_k'];
  const param = unknown.find((name) => asked[name] !== undefined);
  if (param === undefined) return null;
  const message = `Unsupported parameter: '${param}' is not supported with this model.`;
  const error = { message, type: 'invalid_request_error', code: 'unsupported_parameter', param };
  return { error, status: 400 };
};

type ModelOptions = {
  readonly answer?: ModelAnswer;
  /** 0 takes any free port. */
  readonly port?: number;
  /** The environment variable that chooses the port, named when the port is taken. */
  readonly portVariable?: string | undefined;
};

/** Starts a model that speaks the wire formats of OpenAI and Anthropic and knows the demo's keys only. */
export const startModel = async ({
  answer = replyAtOnce,
  port = 0,
  portVariable,
}: ModelOptions = {}): Promise<Model> => {
  const queue: ModelTurn[] = [];
  let standing: ModelTurn | null = null;
  const apiKeys = [demoData.openai.apiKey, demoData.anthropic.apiKey];
  const mock = new LLMock({ port, host: '127.0.0.1', logLevel: 'silent', auth: { apiKeys } });
  mock.on({ predicate: () => true }, (asked) => {
    const refusal = refuse(asked);
    if (refusal !== null) return refusal;
    return toResponse(queue.shift() ?? standing ?? answer(JSON.stringify(asked.messages)));
  });
  const origin = await mock.start().catch((error: unknown) => {
    throw explainListening(error, { port, portVariable });
  });
  return {
    origin,
    next: (...turns) => {
      queue.push(...turns);
    },
    always: (turn) => {
      standing = turn;
    },
    standing: () => standing,
    calls: () => mock.getRequests().map(({ path, headers, body }) => ({ path, headers, body })),
    reset: () => {
      queue.length = 0;
      standing = null;
      mock.clearRequests();
    },
    stop: () => mock.stop(),
  };
};
