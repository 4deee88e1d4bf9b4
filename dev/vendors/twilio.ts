import { randomBytes } from 'node:crypto';
import { Hono } from 'hono';
import { demoData } from '../demo-data.ts';
import type { Bindings } from '../serve.ts';
import { answerSend } from './answer-send.ts';
import type { Desk } from './desk.ts';
import type { InboundOn } from './inbound-schema.ts';
import { toTwilioCall } from './twilio-call.ts';
import { toErrorBody, toFaultBody } from './twilio-error.ts';
import { writeTwilio } from './twilio-inbound.ts';
import { addTwilioReads } from './twilio-read.ts';
import { toReceiptParameters } from './twilio-receipt.ts';
import { readTwilioForm, type TwilioMessage } from './twilio-request.ts';
import { countSegments } from './twilio-segments.ts';
import { createStops } from './twilio-stops.ts';
import type { Letter } from './webhook.ts';

const host = 'api.twilio.com';
const apiVersion = '2010-04-01';
const { accountSid, authToken } = demoData.twilio;

const toRfc2822 = (date: Date): string => date.toUTCString().replace('GMT', '+0000');

const toAnswer = (sid: string, { to, from, body }: TwilioMessage) => {
  const uri = `/${apiVersion}/Accounts/${accountSid}/Messages/${sid}`;
  const now = toRfc2822(new Date());
  return {
    account_sid: accountSid,
    api_version: apiVersion,
    body,
    date_created: now,
    date_sent: null,
    date_updated: now,
    direction: 'outbound-api',
    error_code: null,
    error_message: null,
    from,
    messaging_service_sid: null,
    num_media: '0',
    num_segments: `${countSegments(body)}`,
    price: null,
    price_unit: null,
    sid,
    status: 'queued',
    subresource_uris: { media: `${uri}/Media.json` },
    to,
    uri: `${uri}.json`,
  };
};

const ourIdIn = (statusCallback: string | null): string | null =>
  statusCallback === null ? null : new URL(statusCallback).searchParams.get('message_id');

const isAuthorized = (authorization: string | undefined): boolean =>
  authorization === `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;

type Inbound = InboundOn<'sms'> | InboundOn<'whatsapp'>;

export type Twilio = {
  readonly app: Hono<{ Bindings: Bindings }>;
  /** A message as Twilio passes it on; whoever texts STOP is not texted from that number again. */
  write(inbound: Inbound, url: string): Letter;
  reset(): void;
};

const unsubscribed = {
  status: 400,
  code: 21610,
  message: 'Attempt to send to unsubscribed recipient',
};

/** Twilio's Messages resource, for SMS and WhatsApp, and what an account tells of itself. */
export const createTwilio = (desk: Desk): Twilio => {
  const app = new Hono<{ Bindings: Bindings }>();
  const stops = createStops();

  app.use(async (c, next) => {
    if (isAuthorized(c.req.header('authorization'))) return next();
    return c.json(toErrorBody({ status: 401, code: 20003, message: 'Authenticate' }), 401);
  });

  addTwilioReads(app, desk);

  const messages = `/${apiVersion}/Accounts/${accountSid}/Messages.json`;
  app.post(messages, async (c) => {
    const message = readTwilioForm(c.req.header('content-type'), await c.req.text());
    if ('code' in message) return c.json(toErrorBody(message), 400);
    if (stops.bars({ ours: message.from, theirs: message.to })) {
      return c.json(toErrorBody(unsubscribed), 400);
    }
    const sid = `SM${randomBytes(16).toString('hex')}`;
    return answerSend(c, desk, {
      host,
      message: {
        vendor: 'twilio',
        channel: message.channel,
        to: message.to,
        from: message.from,
        text: message.body,
        providerMessageId: sid,
        ourMessageId: ourIdIn(message.statusCallback),
      },
      toReceipt: (receipt) => {
        const { statusCallback: url } = message;
        return url === null ? null : toTwilioCall(url, toReceiptParameters(sid, message, receipt));
      },
      accepted: { status: 201, body: toAnswer(sid, message) },
      refuse: (fault) => ({ body: toFaultBody(fault) }),
    });
  });

  app.all(messages, (c) =>
    c.json(toErrorBody({ status: 405, code: 20004, message: 'Method not allowed' }), 405),
  );
  app.notFound((c) => {
    const message = `The requested resource ${new URL(c.req.url).pathname} was not found`;
    return c.json(toErrorBody({ status: 404, code: 20404, message }), 404);
  });
  return {
    app,
    write: (inbound, url) => {
      if (inbound.channel === 'sms') {
        stops.hear({ ours: inbound.to, theirs: inbound.from }, inbound.text);
      }
      return writeTwilio(inbound, url);
    },
    reset: stops.clear,
  };
};
