import { element, icon } from './dom.ts';
import { prettyJson } from './pretty-json.ts';
import type { Report } from './report.ts';
import { lookOf } from './statuses.ts';
import { clockTime, duration, timeAfter } from './times.ts';
import { isRetry, retries } from './verdict.ts';

type Step = { readonly word: string; readonly at: string; readonly status: string };
type PossibleStep = Omit<Step, 'at'> & { readonly at: string | null };

const refusals: Readonly<Record<string, string>> = { refused: 'failed', unknown: 'unknown' };

const attemptSteps = ({ attempts }: Report): readonly PossibleStep[] =>
  attempts.flatMap(({ provider, outcome, started_at, finished_at }) => {
    const asked = { word: `Asked ${provider}`, at: started_at, status: 'sending' };
    const status = refusals[outcome];
    if (status === undefined) return [asked];
    const word =
      outcome === 'refused' ? `${provider} refused` : `${provider} gave no usable answer`;
    return [asked, { word, at: finished_at, status }];
  });

const ownSteps = (report: Report): readonly PossibleStep[] => [
  {
    word: report.sender_type === 'contact' ? 'Received' : 'Stored',
    at: report.created_at,
    status: report.sender_type === 'contact' ? 'received' : 'queued',
  },
  {
    word: report.sender_type === 'contact' ? 'Written by Jane' : 'Accepted by the provider',
    at: report.sent_at,
    status: 'sent',
  },
  { word: 'Delivered', at: report.delivered_at, status: 'delivered' },
  { word: 'Read', at: report.read_at, status: 'read' },
  { word: 'Failed', at: report.failed_at, status: 'failed' },
  { word: 'Tried next', at: report.next_try_at, status: 'queued' },
];

const stepsOf = (report: Report): readonly Step[] =>
  [...ownSteps(report), ...attemptSteps(report)]
    .flatMap(({ at, ...step }) => (at === null ? [] : [{ ...step, at }]))
    .sort((one, other) => Date.parse(one.at) - Date.parse(other.at));

const viewSteps = (report: Report): HTMLElement =>
  element(
    'ol',
    { class: 'steps' },
    ...stepsOf(report).map(({ word, at, status }) =>
      element(
        'li',
        { 'data-status': status },
        icon(lookOf(status).path),
        element('b', {}, word),
        at === report.created_at ? clockTime(at) : timeAfter(report.created_at, at),
      ),
    ),
  );

const columns = ['#', 'Provider', 'Outcome', 'Reason', 'Code', 'Took'] as const;

/** Shown when no attempt is known. A provider may have been asked anyway, and its receipt may have settled the message. */
const wasAsked = ({ status, sent_at, error }: Report): boolean =>
  sent_at !== null ||
  error?.provider !== undefined ||
  ['sent', 'delivered', 'read', 'unknown', 'sending'].includes(status);

const noAttempts = (report: Report, isEcho: boolean): string => {
  if (report.sender_type === 'contact') return 'It came in over the vendor’s webhook.';
  if (isEcho) return 'A person wrote it in the vendor’s app or inbox: this API sent nothing.';
  return wasAsked(report)
    ? 'A provider was asked, and its answer is not stored.'
    : 'No provider was asked.';
};

const viewAttempts = (report: Report, isEcho: boolean): HTMLElement => {
  const { attempts } = report;
  if (attempts.length === 0) return element('p', { class: 'muted' }, noAttempts(report, isEcho));
  const rows = attempts.map((attempt) => {
    const took = duration(attempt.started_at, attempt.finished_at);
    const { number, provider, outcome, reason, code } = attempt;
    const cells = [`${number}`, provider, outcome, reason ?? '–', code ?? '–', took];
    const row = element('tr', { 'data-outcome': outcome });
    row.append(...cells.map((text) => element('td', {}, text)));
    if (attempt.message !== null) row.title = attempt.message;
    return row;
  });
  return element(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Attempts' },
    element(
      'table',
      {},
      element(
        'thead',
        {},
        element('tr', {}, ...columns.map((name) => element('th', { scope: 'col' }, name))),
      ),
      element('tbody', {}, ...rows),
    ),
  );
};

const meaningOf = ({ retry }: { readonly retry: string }): string =>
  isRetry(retry) ? retries[retry] : '';

const viewError = ({ error }: Report): HTMLElement | null =>
  error &&
  element(
    'div',
    { class: 'verdict', 'data-tone': error.retry },
    element('b', {}, `${error.code} · retry: ${error.retry}`),
    element(
      'span',
      {},
      [error.message, error.provider?.message, meaningOf(error)].join(' ').trim(),
    ),
  );

const viewUsage = ({ usage }: Report): HTMLElement | null =>
  usage &&
  element('p', { class: 'muted' }, `Tokens: ${usage.input_tokens} in, ${usage.output_tokens} out.`);

/** Everything that the API tells of one message. `isEcho`: a person wrote it elsewhere. */
export const viewReport = (report: Report, isEcho: boolean): readonly (Node | string)[] => {
  const { word, means } = lookOf(report.status);
  const parts = [
    element('p', { class: 'now', 'data-status': report.status }, element('b', {}, word), means),
    element('blockquote', { dir: 'auto' }, report.content ?? 'Not written.'),
    viewError(report),
    element('h3', {}, 'States'),
    viewSteps(report),
    element('h3', {}, 'Attempts'),
    viewAttempts(report, isEcho),
    viewUsage(report),
    element(
      'details',
      {},
      element('summary', {}, `GET /messages/${report.message_id}`),
      element('pre', { class: 'code' }, prettyJson(report)),
    ),
  ];
  return parts.filter((part) => part !== null);
};
