import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type Channel, channels } from '../../src/ports/channel.ts';
import { demoData } from '../demo-data.ts';
import type { Stack } from '../stack.ts';
import { post } from './deliver.ts';

const question = 'Are you open on Saturday?';
const patienceMs = 20_000;

/** The last receipt of each vendor: nobody reports when an SMS was read. */
const lastStatus: Readonly<Record<Channel, string>> = {
  sms: 'delivered',
  email: 'read',
  whatsapp: 'read',
  facebook: 'read',
  instagram: 'read',
};

const rowsSchema = z.array(
  z.object({ channel: z.enum(channels), status: z.string(), content: z.string().nullable() }),
);
type Row = z.infer<typeof rowsSchema>[number];

export type Circle = {
  readonly answers: readonly Row[];
  /** The refusal after STOP. */
  readonly refusal: string;
  readonly problems: readonly string[];
};

const readAnswers = async ({ database: { url, secretKey } }: Stack): Promise<readonly Row[]> => {
  const query = 'messages?replies_to_id=not.is.null&select=channel,status,content&order=channel';
  const response = await fetch(`${url}/rest/v1/${query}`, {
    headers: { apikey: secretKey, authorization: `Bearer ${secretKey}` },
  });
  return rowsSchema.parse(await response.json());
};

const isDone = ({ channel, status }: Row): boolean => status === lastStatus[channel];

/** Waits until every reply has its last receipt, and a little longer: nothing may come after that. */
const waitForAnswers = async (stack: Stack): Promise<readonly Row[]> => {
  const giveUpAt = performance.now() + patienceMs;
  let rows = await readAnswers(stack);
  while (!(rows.length >= channels.length && rows.every(isDone)) && performance.now() < giveUpAt) {
    await sleep(100);
    rows = await readAnswers(stack);
  }
  await sleep(300);
  return readAnswers(stack);
};

const checkAnswers = (rows: readonly Row[]): string[] =>
  channels.flatMap((channel) => {
    const answers = rows.filter((row) => row.channel === channel);
    const [first] = answers;
    if (answers.length !== 1) return [`${channel}: ${answers.length} answers`];
    return first && isDone(first) ? [] : [`${channel}: the answer is ${first?.status}`];
  });

const errorSchema = z.object({ error: z.object({ code: z.string() }) });

/** Jane texts STOP. The next send must be refused before any vendor is asked. */
const stop = async (stack: Stack) => {
  await stack.vendors.write({ channel: 'sms', text: 'STOP' });
  const before = stack.vendors.requests().length;
  const content = 'One more thing …';
  const response = await post(stack, {
    channel: 'sms',
    ai: false,
    content,
    idempotencyKey: 'demo-after-stop',
  });
  const answer = errorSchema.safeParse(await response.json());
  const refusal = `${response.status} ${answer.success ? answer.data.error.code : 'without a code'}`;
  const asked = stack.vendors.requests().length - before;
  return {
    refusal,
    problems: [
      ...(refusal === '422 recipient_opted_out' ? [] : [`after STOP: ${refusal}`]),
      ...(asked === 0 ? [] : [`after STOP: ${asked} requests at vendors`]),
    ],
  };
};

/** Jane writes on each channel, her agent replies, receipts tell how far the replies got, and STOP ends it. */
export const goRound = async (stack: Stack): Promise<Circle> => {
  const posted = await Promise.all(
    channels.map((channel) => stack.vendors.write({ channel, text: question })),
  );
  const answers = await waitForAnswers(stack);
  const { refusal, problems } = await stop(stack);
  const refused = posted.filter(({ status }) => status !== 200);
  return {
    answers,
    refusal,
    problems: [
      ...refused.map(({ status }) => `a webhook was answered with ${status}`),
      ...checkAnswers(answers),
      ...problems,
    ],
  };
};

export const describeCircle = ({ answers, refusal }: Circle, contact = demoData.contact.name) =>
  [
    `${contact} writes on each channel ("${question}"), and her agent answers:`,
    '',
    ...answers.map(
      ({ channel, status, content }) =>
        `${channel.padEnd(9)}  ${status.padEnd(9)}  ${(content ?? '-').slice(0, 59)}…`,
    ),
    '',
    `She texts STOP; the next SMS to her: HTTP ${refusal}, 0 requests to vendors.`,
  ].join('\n');
