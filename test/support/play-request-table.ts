import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Database } from '../../dev/database.ts';
import { requestTable, type TableRequest } from './request-table.ts';

export type TableAnswer = {
  readonly status: number;
  readonly code: string | null;
  /** The contract's headers, without the values that differ from one request to the next. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
};

const contractHeaders = [
  'content-type',
  'cache-control',
  'x-request-id',
  'ratelimit',
  'ratelimit-policy',
  'server-timing',
  'idempotent-replayed',
  'retry-after',
  'allow',
  'location',
  'preference-applied',
  'access-control-allow-origin',
];

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** Replaces ids and times, which differ from one host to the next, by their names. */
const withoutChance = (text: string): string =>
  text
    .replace(/msg_[0-9a-z]{26}/g, '<message id>')
    .replace(uuid, '<uuid>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+00:00)/g, '<time>')
    .replace(/dur=[\d.]+/g, 'dur=<ms>')
    .replace(/r=\d+;t=\d+/g, 'r=<left>;t=<seconds>');

const errorSchema = z.object({ error: z.object({ code: z.string() }) });
const messageSchema = z.object({ message_id: z.string() });

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

const statusSchema = z.object({ status: z.string() });

/** Waits until everything queued is sent, so that the next request meets the same state on every host. */
const untilSent = async (baseUrl: string, messageId: string, { headers }: TableRequest) => {
  for (let status = ''; status !== 'sent'; ) {
    await sleep(100);
    const report = await fetch(`${baseUrl}/messages/${messageId}`, {
      headers,
      signal: AbortSignal.timeout(20_000),
    });
    ({ status } = statusSchema.parse(await report.json()));
    if (status === 'failed' || status === 'unknown') throw new Error(`the message is ${status}`);
  }
};

const play = async (baseUrl: string, request: TableRequest, lastMessageId: string) => {
  const response = await fetch(`${baseUrl}${request.path.replace('{last}', lastMessageId)}`, {
    method: request.method,
    headers: request.headers,
    body: request.body,
    redirect: 'manual',
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  const headers = contractHeaders.flatMap((name) => {
    const value = response.headers.get(name);
    return value === null ? [] : [[name, withoutChance(value).toLowerCase()] as const];
  });
  const answer: TableAnswer = {
    status: response.status,
    code: errorSchema.safeParse(parse(text)).data?.error.code ?? null,
    headers: Object.fromEntries(headers),
    body: parse(withoutChance(text)),
  };
  const messageId = messageSchema.safeParse(parse(text)).data?.message_id;
  if (answer.status === 202) await untilSent(baseUrl, messageId ?? '', request);
  return { answer, messageId };
};

/** Adds the table's own data to the demo data. */
export const prepareRequestTable = async (database: Database): Promise<void> => {
  await database.query(await readFile(new URL('request-table.sql', import.meta.url), 'utf8'));
};

/** Sends every request of the table, in order, to one host with a prepared database of its own. */
export const playRequestTable = async (baseUrl: string, database: Database) => {
  const answers = new Map<string, TableAnswer>();
  let lastMessageId = '';
  for (const request of requestTable) {
    if (request.before) await database.query(request.before);
    const { answer, messageId = lastMessageId } = await play(baseUrl, request, lastMessageId);
    answers.set(request.name, answer);
    lastMessageId = messageId;
  }
  return answers;
};
