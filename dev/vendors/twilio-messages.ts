import type { Hono } from 'hono';
import { demoData } from '../demo-data.ts';
import type { Bindings } from '../serve.ts';
import { answerRead } from './answer-read.ts';
import type { Desk } from './desk.ts';
import type { Receipt } from './receipt-schema.ts';
import { toFaultBody } from './twilio-error.ts';
import { countSegments } from './twilio-segments.ts';

// Fields: twilio-oai, api.v2010.account.message.

const { accountSid } = demoData.twilio;
const root = `/2010-04-01/Accounts/${accountSid}/Messages`;

const toRfc2822 = (date: Date): string => date.toUTCString().replace('GMT', '+0000');

export type KeptMessage = {
  readonly sid: string;
  readonly to: string;
  readonly from: string;
  readonly body: string;
  readonly numMedia: number;
  readonly direction: 'inbound' | 'outbound-api';
  /** Milliseconds since 1970. */
  readonly madeAt: number;
  /** The last status that Twilio reported. */
  readonly told: Pick<Receipt, 'status' | 'errorCode' | 'errorMessage'>;
  readonly toldAt: number;
};

const unsent = new Set(['accepted', 'queued', 'scheduled', 'canceled']);

/** The message as Twilio describes it; unknown fields are null. */
export const toResource = (message: KeptMessage) => {
  const { sid, to, from, body, direction, told } = message;
  const failed = told.status === 'failed' || told.status === 'undelivered';
  return {
    account_sid: accountSid,
    api_version: '2010-04-01',
    body,
    date_created: toRfc2822(new Date(message.madeAt)),
    date_sent: unsent.has(told.status) ? null : toRfc2822(new Date(message.toldAt)),
    date_updated: toRfc2822(new Date(message.toldAt)),
    direction,
    error_code: failed ? Number(told.errorCode ?? 30003) : null,
    error_message: failed ? (told.errorMessage ?? null) : null,
    from,
    messaging_service_sid: null,
    num_media: `${message.numMedia}`,
    num_segments: `${countSegments(body)}`,
    price: null,
    price_unit: null,
    sid,
    status: told.status,
    subresource_uris: { media: `${root}/${sid}/Media.json` },
    to,
    uri: `${root}/${sid}.json`,
  };
};

export type TwilioMessages = {
  keep(message: KeptMessage): void;
  tell(sid: string, receipt: Receipt): void;
  clear(): void;
};

/** The messages of the account, sent and received: each can be asked for by its sid. */
export const addTwilioMessages = (
  app: Hono<{ Bindings: Bindings }>,
  desk: Desk,
): TwilioMessages => {
  const kept = new Map<string, KeptMessage>();
  app.get(`${root}/:file{(?:SM|MM)[0-9a-fA-F]{32}\\.json}`, async (c) => {
    const message = kept.get(c.req.param('file').replace('.json', ''));
    if (!message) return c.notFound();
    return answerRead(c, desk, { host: 'api.twilio.com', body: toResource(message), toFaultBody });
  });
  return {
    keep: (message) => void kept.set(message.sid, message),
    tell: (sid, told) => {
      const message = kept.get(sid);
      if (message) kept.set(sid, { ...message, told, toldAt: Date.now() });
    },
    clear: () => kept.clear(),
  };
};
