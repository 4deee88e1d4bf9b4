import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom, type Random } from '../random.ts';
import {
  describeWord,
  type Reading,
  readReport,
  readResponse,
  saysNothingWasSent,
  type Word,
} from '../word.ts';
import { type Plan, toRequest } from './plan.ts';

/** The responses that one client got, from its first request to its last. */
export type Client = {
  readonly plan: Plan;
  word: Word;
  /** It got 200 or 202 at some time. */
  promised: boolean;
  /** Some request got no response, or one that does not promise that nothing was sent. */
  doubtful: boolean;
  messageId: string | null;
  /** When its last POST was answered, or when it gave up waiting (ISO 8601). */
  at: string;
  readonly log: string[];
};

type Asked = Reading & { readonly retryAfterMs: number };

const firstPause = 250;
const longestPause = 4_000;
/** How often a client asks for the status of its message while nobody responds. */
const patience = 6;

const note = (client: Client, what: string): void => {
  client.log.push(`${new Date().toISOString()} client: ${what}`);
};

const hear = (client: Client, { word, messageId }: Reading, what: string): void => {
  client.word = word;
  client.messageId = messageId ?? client.messageId;
  client.doubtful ||= !saysNothingWasSent(word);
  client.promised ||= word.type === 'sent' || word.type === 'pending';
  note(client, `${what}: ${describeWord(word)}`);
};

const hearNothing = (client: Client, what: string, error: unknown): void => {
  const why = error instanceof Error ? `${error.name} ${error.message}` : 'no answer';
  note(client, `${what}: ${why}`);
};

const post = async (baseUrl: string, plan: Plan): Promise<Asked> => {
  const signal = AbortSignal.timeout(plan.timeoutMs);
  const answer = await fetch(`${baseUrl}/send-message`, { ...toRequest(plan), signal });
  const retryAfterMs = Number(answer.headers.get('retry-after') ?? 0) * 1_000;
  return { ...readResponse(answer.status, await answer.json()), retryAfterMs };
};

type Report = 'told' | 'gone' | 'away';

/** Asks once for the status of the message. `gone`: it was never stored. */
export const askReport = async (baseUrl: string, client: Client): Promise<Report> => {
  if (client.messageId === null) return 'told';
  try {
    const headers = { 'x-api-key': client.plan.apiKey };
    const signal = AbortSignal.timeout(10_000);
    const answer = await fetch(`${baseUrl}/messages/${client.messageId}`, { headers, signal });
    const reading = readReport(answer.status, await answer.json());
    // A missing database says nothing about the message.
    if (answer.status === 200) hear(client, reading, 'GET');
    else note(client, `GET: ${answer.status}`);
    if (answer.status === 200) return 'told';
    return answer.status === 404 ? 'gone' : 'away';
  } catch (error) {
    hearNothing(client, 'GET', error);
    return 'away';
  }
};

const isGone = async (baseUrl: string, client: Client): Promise<boolean> => {
  for (let asked = 0; asked < patience; asked += 1) {
    const report = await askReport(baseUrl, client);
    if (report !== 'away') return report === 'gone';
    await sleep(longestPause / 2);
  }
  return false;
};

/** May the client send it again? Without a key, only after it was told that nothing was sent. */
const mayRepeat = async (baseUrl: string, client: Client): Promise<boolean> => {
  const { word, plan } = client;
  switch (word.type) {
    case 'failed':
      return word.retry === 'safe';
    case 'nothing':
    case 'in_progress':
      return plan.key !== 'none';
    case 'unknown':
      return isGone(baseUrl, client);
    default:
      return false;
  }
};

const pause = (asked: number, retryAfterMs: number, random: Random): Promise<void> => {
  const backoff = Math.min(firstPause * 2 ** asked, longestPause) * random.between(0.5, 1);
  return sleep(Math.max(backoff, Math.min(retryAfterMs, longestPause)));
};

/** Sends once, and returns how long to wait before the next try. */
const ask = async (baseUrl: string, client: Client, number: number): Promise<number> => {
  try {
    const answer = await post(baseUrl, client.plan);
    hear(client, answer, `POST ${number}`);
    return answer.retryAfterMs;
  } catch (error) {
    hearNothing(client, `POST ${number}`, error);
    client.word = { type: 'nothing' };
    client.doubtful = true;
    return 0;
  }
};

const createClient = (plan: Plan): Client => {
  const word: Word = { type: 'nothing' };
  return { plan, word, promised: false, doubtful: false, messageId: null, at: '', log: [] };
};

/** Sends, and repeats with the same key as long as it is told that this is safe, or gets no response. */
export const runClient = async (baseUrl: string, plan: Plan, seed: number): Promise<Client> => {
  const random = createRandom(seed, `client ${plan.marker}`);
  const client = createClient(plan);
  for (let asked = 1; asked <= plan.tries; asked += 1) {
    const retryAfterMs = await ask(baseUrl, client, asked);
    client.at = new Date().toISOString();
    if (!(await mayRepeat(baseUrl, client))) break;
    if (asked < plan.tries) await pause(asked, retryAfterMs, random);
  }
  return client;
};
