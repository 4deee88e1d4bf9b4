import { setTimeout as sleep } from 'node:timers/promises';
import { type Asked, readAsked } from './asked.ts';
import type { Desk } from './desk.ts';
import { type Inbound, inboundSchema } from './inbound-schema.ts';
import { writeWhatsapp } from './meta-inbound.ts';
import { writeMessaging } from './meta-messaging-inbound.ts';
import type { Resend } from './resend.ts';
import type { Twilio } from './twilio.ts';
import {
  type Account,
  type AnswerStatus,
  type Letter,
  type Posted,
  postCall,
  toPosted,
} from './webhook.ts';

const accountOf = (inbound: Inbound): Account => {
  switch (inbound.channel) {
    case 'sms':
      return 'twilio';
    case 'whatsapp':
      return inbound.provider;
    case 'facebook':
      return 'meta';
    case 'instagram':
      return 'instagram';
    case 'email':
      return 'resend';
  }
};

/** The vendors that remember contacts' messages. */
type Writers = { readonly twilio: Pick<Twilio, 'write'>; readonly resend: Pick<Resend, 'write'> };

const toLetter = (inbound: Inbound, url: string, { twilio, resend }: Writers): Letter => {
  switch (inbound.channel) {
    case 'sms':
      return twilio.write(inbound, url);
    case 'whatsapp':
      return inbound.provider === 'twilio'
        ? twilio.write(inbound, url)
        : writeWhatsapp(inbound, url);
    case 'facebook':
    case 'instagram':
      return writeMessaging(inbound, url);
    case 'email':
      return resend.write(inbound, url);
  }
};

const firstPauseMs = 250;
const mostCalls = 12;

const isTaken = (statuses: readonly AnswerStatus[]): boolean =>
  statuses.some((status) => status !== null && status < 300);

/** The pauses of the vendors that try again, only shorter. */
const call = async (
  { call: request }: Letter,
  { times, untilTaken }: Inbound,
): Promise<readonly AnswerStatus[]> => {
  let statuses = await postCall(request, times);
  for (let calls = 1; untilTaken && !isTaken(statuses) && calls < mostCalls; calls += 1) {
    await sleep(Math.min(firstPauseMs * 2 ** calls, 5_000));
    statuses = await postCall(request, times);
  }
  return statuses;
};

export type Write = (body: unknown) => Promise<Asked<Posted>>;

/** A contact writes: the vendor of the channel calls the account's webhook. */
export const createWrite =
  (desk: Desk, writers: Writers): Write =>
  async (body) => {
    const asked = readAsked(inboundSchema, body);
    if (!asked.ok) return asked;
    const account = accountOf(asked.value);
    const url = desk.webhookUrl(account);
    if (url === undefined) {
      const problem = `The webhook of ${account} is not known: give its address with callBack.`;
      return { ok: false, problem };
    }
    const letter = toLetter(asked.value, url, writers);
    const statuses = await call(letter, asked.value);
    return { ok: true, value: toPosted(letter.providerMessageId, statuses) };
  };
