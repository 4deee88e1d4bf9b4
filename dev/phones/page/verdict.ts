import type { Exchange } from './api.ts';
import { infoOf } from './channels.ts';

export type Verdict = {
  readonly tone: 'good' | 'replay' | 'waiting' | 'safe' | 'never' | 'check';
  readonly title: string;
  readonly text: string;
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

export const retries = {
  safe: 'Nothing was sent. Send it again, with the same key.',
  never: 'The same request cannot succeed: correct it first. Nothing was sent.',
  check: 'It may have arrived. Look at the message before sending again.',
} as const;

export const isRetry = (value: unknown): value is keyof typeof retries =>
  typeof value === 'string' && Object.hasOwn(retries, value);

const judgeError = ({ status, body }: Exchange): Verdict => {
  const error = isObject(body) && isObject(body.error) ? body.error : {};
  const retry = isRetry(error.retry) ? error.retry : 'check';
  return { tone: retry, title: `${error.code ?? status} · retry: ${retry}`, text: retries[retry] };
};

/** Explains a response in a sentence. */
export const judge = (exchange: Exchange): Verdict => {
  const { status, headers, request } = exchange;
  const { channel } = request.body;
  const name = infoOf(channel).name;
  if (headers.get('idempotent-replayed') === 'true') {
    const title = 'Idempotent-Replayed: the contact got nothing a second time';
    return { tone: 'replay', title, text: 'This key was used: the stored answer came back.' };
  }
  if (status === 200) {
    const { provider } = infoOf(channel);
    return {
      tone: 'good',
      title: 'Sent',
      text: `${provider} took it. ${name} shows the receipts.`,
    };
  }
  if (status === 202) {
    return {
      tone: 'waiting',
      title: 'Stored, and sent in the background',
      text: `The caller does not wait. ${name} shows when it arrives.`,
    };
  }
  return judgeError(exchange);
};
