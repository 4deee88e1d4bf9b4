import type { Setup } from '../wire.ts';
import { type ApiRequest, type Exchange, sendMessage } from './api.ts';
import { byId, element } from './dom.ts';
import { prettyJson } from './pretty-json.ts';
import { toCurl } from './request.ts';
import { judge, type Verdict } from './verdict.ts';

const shownHeaders = [
  'idempotent-replayed',
  'retry-after',
  'preference-applied',
  'location',
  'ratelimit',
  'server-timing',
  'x-request-id',
] as const;

const showVerdict = ({ name }: Stage, { tone, title, text }: Verdict): void => {
  const box = byId('verdict', HTMLElement);
  box.dataset.tone = tone;
  const scene = name === null ? null : element('small', {}, name);
  box.replaceChildren(
    ...[scene, element('b', {}, title), element('span', {}, text)].filter((node) => node !== null),
  );
};

const headerLines = (headers: Headers): (Node | string)[] =>
  shownHeaders.flatMap((name) => {
    const value = headers.get(name);
    if (value === null) return [];
    return [element('span', { class: 'json-key' }, name), `: ${value}\n`];
  });

const showAnswer = ({ status, headers, body, ms }: Exchange): void => {
  const tone = status < 300 ? 'good' : 'bad';
  byId('exchange-time', HTMLElement).textContent = `${ms} ms`;
  byId('answer', HTMLElement).replaceChildren(
    element('h3', {}, 'The answer ', element('span', { class: `code-${tone}` }, `HTTP ${status}`)),
    element('pre', { class: 'code' }, ...headerLines(headers), '\n', prettyJson(body)),
  );
};

const clearAnswer = (): void => {
  byId('answer', HTMLElement).replaceChildren();
  byId('exchange-time', HTMLElement).textContent = '';
};

const noAnswer: Verdict = {
  tone: 'check',
  title: 'No answer',
  text: 'The API cannot be reached. Is npm run dev still running? With a key, send it again.',
};

const waiting: Verdict = { tone: 'waiting', title: 'Waiting for the answer…', text: '' };

/** One thing to show: a scene, or a message that somebody sends. */
export type Stage = { readonly name: string | null };

export type Exchanges = {
  /** The request as curl, before it is sent. */
  preview(request: ApiRequest): void;
  /** From now on only this one is shown. Another that still goes on shows nothing any more. */
  begin(name: string | null): Stage;
  /** Shows words in the place of a response. */
  tell(stage: Stage, verdict: Verdict): void;
  /** Sends the request and shows the response, unless another was sent meanwhile. Null: no response came. */
  send(stage: Stage, request: ApiRequest): Promise<Exchange | null>;
};

const startCopying = (): void => {
  const button = byId('copy', HTMLButtonElement);
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(byId('curl', HTMLElement).textContent);
    button.textContent = 'Copied';
    setTimeout(() => {
      button.textContent = 'Copy';
    }, 2000);
  });
};

export const startExchanges = (setup: Setup): Exchanges => {
  startCopying();
  const nobody: Stage = { name: null };
  showVerdict(nobody, {
    tone: 'waiting',
    title: 'Nothing sent yet',
    text: 'The answer comes here.',
  });
  const preview = (request: ApiRequest) => {
    byId('curl', HTMLElement).textContent = toCurl(setup, request);
  };
  let shown = nobody;
  let latest = 0;
  return {
    preview,
    begin: (name) => {
      shown = { name };
      return shown;
    },
    tell: (stage, verdict) => {
      if (stage !== shown) return;
      latest += 1;
      clearAnswer();
      showVerdict(stage, verdict);
    },
    send: async (stage, request) => {
      if (stage !== shown) return sendMessage(setup, request).catch(() => null);
      latest += 1;
      const own = latest;
      preview(request);
      clearAnswer();
      showVerdict(stage, waiting);
      const exchange = await sendMessage(setup, request).catch(() => null);
      if (own !== latest || stage !== shown) return exchange;
      showVerdict(stage, exchange === null ? noAnswer : judge(exchange));
      if (exchange !== null) showAnswer(exchange);
      return exchange;
    },
  };
};
