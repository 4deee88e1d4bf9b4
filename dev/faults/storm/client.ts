import { setTimeout as sleep } from 'node:timers/promises';
import { demoData } from '../../demo-data.ts';
import { createRandom, type Random } from '../random.ts';
import { describeWord, type Reading, readAnswer, readReport, type Word } from '../word.ts';
import { type Plan, toRequest } from './plan.ts';

/** What one client was told, from its first request to its last. */
export type Client = {
  readonly plan: Plan;
  word: Word;
  /** It was told 200 or 202 at some time. */
  promised: boolean;
  messageId: string | null;
  readonly log: string[];
};

type Asked = Reading & { readonly retryAfterMs: number };

const firstPause = 250;
const longestPause = 4_000;

const hear = (client: Client, { word, messageId }: Reading, what: string): void => {
  client.word = word;
  client.messageId = messageId ?? client.messageId;
  client.promised ||= word.type === 'sent' || word.type === 'pending';
  client.log.push(`${new Date().toISOString()} client: ${what}: ${describeWord(word)}`);
};

const hearNothing = (client: Client, what: string, error: unknown): void => {
  const why = error instanceof Error ? `${error.name} ${error.message}` : 'no answer';
  client.log.push(`${new Date().toISOString()} client: ${what}: ${why}`);
};

const post = async (baseUrl: string, plan: Plan): Promise<Asked> => {
  const signal = AbortSignal.timeout(plan.timeoutMs);
  const answer = await fetch(`${baseUrl}/send-message`, { ...toRequest(plan), signal });
  const retryAfterMs = Number(answer.headers.get('retry-after') ?? 0) * 1_000;
  return { ...readAnswer(answer.status, await answer.json()), retryAfterMs };
};

/** Asks what became of the message. */
export const askReport = async (baseUrl: string, client: Client): Promise<void> => {
  if (client.messageId === null) return;
  try {
    const headers = { 'x-api-key': demoData.apiKey };
    const signal = AbortSignal.timeout(10_000);
    const answer = await fetch(`${baseUrl}/messages/${client.messageId}`, { headers, signal });
    const reading = readReport(answer.status, await answer.json());
    // That the database is away says nothing of the message.
    if (answer.status === 200) hear(client, reading, 'GET');
  } catch (error) {
    hearNothing(client, 'GET', error);
  }
};

/** Told so, a client asks no more. */
const isDone = (word: Word): boolean =>
  word.type === 'failed'
    ? word.retry === 'never'
    : word.type === 'sent' || word.type === 'pending' || word.type === 'unknown';

const pause = (asked: number, retryAfterMs: number, random: Random): Promise<void> => {
  const backoff = Math.min(firstPause * 2 ** asked, longestPause) * random.between(0.5, 1);
  return sleep(Math.max(backoff, Math.min(retryAfterMs, longestPause)));
};

/** Asks once; answers how long to wait before asking again. */
const ask = async (baseUrl: string, client: Client, number: number): Promise<number> => {
  try {
    const answer = await post(baseUrl, client.plan);
    hear(client, answer, `POST ${number}`);
    return answer.retryAfterMs;
  } catch (error) {
    hearNothing(client, `POST ${number}`, error);
    client.word = { type: 'nothing' };
    return 0;
  }
};

/** Sends, and sends again with the same key as long as it is told that this is safe, or nothing at all. */
export const runClient = async (baseUrl: string, plan: Plan, seed: number): Promise<Client> => {
  const random = createRandom(seed, `client ${plan.marker}`);
  const word: Word = { type: 'nothing' };
  const client: Client = { plan, word, promised: false, messageId: null, log: [] };
  for (let asked = 1; asked <= plan.tries; asked += 1) {
    const retryAfterMs = await ask(baseUrl, client, asked);
    if (isDone(client.word)) break;
    if (asked < plan.tries) await pause(asked, retryAfterMs, random);
  }
  if (client.word.type === 'unknown') await askReport(baseUrl, client);
  return client;
};
