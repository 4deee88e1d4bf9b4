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
import { addTwilioMessages, type KeptMessage, toResource } from './twilio-messages.ts';
import { addTwilioReads } from './twilio-read.ts';
import { toReceiptParameters } from './twilio-receipt.ts';
import { readTwilioForm, type TwilioMessage } from './twilio-request.ts';
import { createStops } from './twilio-stops.ts';
import type { Letter } from './webhook.ts';

const host = 'api.twilio.com';
const apiVersion = '2010-04-01';
const { accountSid, authToken } = demoData.twilio;

const toKept = (sid: string, { to, from, body }: TwilioMessage): KeptMessage => {
  const now = Date.now();
  const sent = { sid, to, from, body, numMedia: 0, direction: 'outbound-api' } as const;
  return { ...sent, madeAt: now, told: { status: 'queued' }, toldAt: now };
};

const toReceived = ({ providerMessageId: sid, call }: Letter): KeptMessage => {
  const form = new URLSearchParams(call.body);
  const now = Date.now();
  return {
    sid,
    to: form.get('To') ?? '',
    from: form.get('From') ?? '',
    body: form.get('Body') ?? '',
    numMedia: Number(form.get('NumMedia')),
    direction: 'inbound',
    madeAt: now,
    told: { status: 'received' },
    toldAt: now,
  };
};

const ourIdIn = (statusCallback: string | null): string | null =>
  statusCallback === null ? null : new URL(statusCallback).searchParams.get('message_id');

const isAuthorized = (authorization: string | undefined): boolean =>
  authorization === `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;

type Inbound = InboundOn<'sms'> | InboundOn<'whatsapp'>;

export type Twilio = {
  readonly app: Hono<{ Bindings: Bindings }>;
  /** A message as Twilio sends it to the webhook. After STOP, that number no longer texts this contact. */
  write(inbound: Inbound, url: string): Letter;
  reset(): void;
};

const unsubscribed = {
  status: 400,
  code: 21610,
  message: 'Attempt to send to unsubscribed recipient',
};

/** Twilio's Messages resource, for SMS and WhatsApp, and its answers about an account. */
export const createTwilio = (desk: Desk): Twilio => {
  const app = new Hono<{ Bindings: Bindings }>();
  const stops = createStops();

  app.use(async (c, next) => {
    if (isAuthorized(c.req.header('authorization'))) return next();
    return c.json(toErrorBody({ status: 401, code: 20003, message: 'Authenticate' }), 401);
  });

  addTwilioReads(app, desk);
  const kept = addTwilioMessages(app, desk);

  const messages = `/${apiVersion}/Accounts/${accountSid}/Messages.json`;
  app.post(messages, async (c) => {
    const message = readTwilioForm(c.req.header('content-type'), await c.req.text());
    if ('code' in message) return c.json(toErrorBody(message), 400);
    if (stops.bars({ ours: message.from, theirs: message.to })) {
      return c.json(toErrorBody(unsubscribed), 400);
    }
    const sid = `SM${randomBytes(16).toString('hex')}`;
    const resource = toKept(sid, message);
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
      onTaken: () => kept.keep(resource),
      toReceipt: (receipt) => {
        kept.tell(sid, receipt);
        const { statusCallback: url } = message;
        return url === null ? null : toTwilioCall(url, toReceiptParameters(sid, message, receipt));
      },
      accepted: { status: 201, body: toResource(resource) },
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
      const letter = writeTwilio(inbound, url);
      kept.keep(toReceived(letter));
      return letter;
    },
    reset: () => {
      stops.clear();
      kept.clear();
    },
  };
};
