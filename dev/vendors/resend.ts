import { createHmac, randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { parseJson } from '../../src/lib/parse-json.ts';
import { demoData } from '../demo-data.ts';
import type { Bindings } from '../serve.ts';
import { answerRead } from './answer-read.ts';
import { answerSend, type GoodSend, type VendorContext } from './answer-send.ts';
import { isJsonRequest } from './check-body.ts';
import type { Desk } from './desk.ts';
import type { StatusFault } from './faults.ts';
import type { InboundOn } from './inbound-schema.ts';
import { type ResendEvent, toReceiptEvent } from './resend-event.ts';
import { createIdempotencyKeys, type IdempotencyKeys } from './resend-idempotency.ts';
import { domains, listWebhooks } from './resend-read.ts';
import { type ReceivedEmail, toReceivedEmail, toReceivedEvent } from './resend-received.ts';
import { type Email, listAddresses, type ResendRefusal, readEmail } from './resend-request.ts';
import type { Letter, SignedRequest } from './webhook.ts';

const host = 'api.resend.com';

const refuse = (refusal: ResendRefusal): Response =>
  Response.json(refusal, { status: refusal.statusCode });

const usualNames: Readonly<Record<number, string>> = {
  400: 'validation_error',
  429: 'rate_limit_exceeded',
  503: 'service_unavailable',
};

const toFaultBody = ({ status, code, message = 'Fault' }: StatusFault): ResendRefusal => {
  const usual = usualNames[status] ?? (status >= 500 ? 'application_error' : 'validation_error');
  return { statusCode: status, name: `${code ?? usual}`, message };
};

const ourIdIn = ({ tags = [] }: Email): string | null =>
  tags.find(({ name }) => name === 'message_id')?.value ?? null;

/** Standard Webhooks: `v1,` and base64(HMAC-SHA256(secret, id.timestamp.body)). */
export const signResend = (id: string, timestamp: string, body: string): string => {
  const secret = Buffer.from(demoData.resend.webhookSecret.replace(/^whsec_/, ''), 'base64');
  const signed = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`);
  return `v1,${signed.digest('base64')}`;
};

/** Signed now; a repeated call has the same `svix-id`. */
const toResendCall = (url: string, event: ResendEvent): SignedRequest => {
  const body = JSON.stringify(event);
  const id = `msg_${randomUUID()}`;
  const timestamp = `${Math.floor(Date.now() / 1000)}`;
  return {
    url,
    headers: {
      'content-type': 'application/json',
      'svix-id': id,
      'svix-timestamp': timestamp,
      'svix-signature': signResend(id, timestamp, body),
    },
    body,
  };
};

const refuseCaller = (c: VendorContext): ResendRefusal | null => {
  if (!c.req.header('user-agent')) {
    return { statusCode: 403, name: 'validation_error', message: 'Missing `User-Agent` header.' };
  }
  const authorization = c.req.header('authorization');
  if (!authorization) {
    return { statusCode: 401, name: 'missing_api_key', message: 'Missing API Key' };
  }
  if (authorization === `Bearer ${demoData.resend.apiKey}`) return null;
  return { statusCode: 403, name: 'invalid_api_key', message: 'API key is invalid' };
};

const refuseKey = (key: string | undefined): ResendRefusal | null => {
  if (key === undefined || (key.length >= 1 && key.length <= 256)) return null;
  const message = 'The idempotency key must be between 1-256 characters.';
  return { statusCode: 400, name: 'invalid_idempotency_key', message };
};

const toSentMessage = (id: string, email: Email): GoodSend['message'] => {
  const replyTo = email.headers?.['In-Reply-To'];
  return {
    vendor: 'resend',
    channel: 'email',
    to: listAddresses(email.to).join(', '),
    from: email.from,
    text: email.text ?? '',
    subject: email.subject,
    ...(email.html === undefined ? {} : { html: email.html }),
    ...(replyTo === undefined ? {} : { replyTo }),
    providerMessageId: id,
    ourMessageId: ourIdIn(email),
  };
};

const send = async (
  c: VendorContext,
  desk: Desk,
  email: Email,
  { id, onTaken }: { readonly id: string; readonly onTaken: () => void },
): Promise<Response> =>
  answerSend(c, desk, {
    host,
    message: toSentMessage(id, email),
    toReceipt: (receipt, webhooks) => {
      const url = receipt.webhookUrl ?? webhooks.resend;
      return url === undefined ? null : toResendCall(url, toReceiptEvent(id, email, receipt));
    },
    onTaken,
    accepted: { status: 200, body: { id } },
    refuse: (fault) => ({ body: toFaultBody(fault) }),
  });

const sendOnce = async (
  c: VendorContext,
  desk: Desk,
  email: Email,
  keys: IdempotencyKeys,
): Promise<Response> => {
  const id = randomUUID();
  const key = c.req.header('idempotency-key');
  if (key === undefined) return send(c, desk, email, { id, onTaken: () => undefined });
  const known = keys.check(key, email);
  if (known) return 'id' in known ? Response.json(known) : refuse(known);
  keys.begin(key, email, id);
  try {
    return await send(c, desk, email, { id, onTaken: () => keys.finish(key) });
  } finally {
    keys.release(key);
  }
};

const notFound = (message: string): Response =>
  refuse({ statusCode: 404, name: 'not_found', message });

export type Resend = {
  readonly app: Hono<{ Bindings: Bindings }>;
  /** An email as Resend announces it; its text stays here until it is asked for. */
  write(inbound: InboundOn<'email'>, url: string): Letter;
  reset(): void;
};

/** Resend's send call with its idempotency keys, and the emails that it received. */
export const createResend = (desk: Desk): Resend => {
  const app = new Hono<{ Bindings: Bindings }>();
  const keys = createIdempotencyKeys();
  const received = new Map<string, ReceivedEmail>();

  app.post('/emails', async (c) => {
    const body = isJsonRequest(c.req.header('content-type')) ? parseJson(await c.req.text()) : {};
    const refusal = refuseCaller(c) ?? refuseKey(c.req.header('idempotency-key'));
    if (refusal) return refuse(refusal);
    const email = readEmail(body);
    return 'name' in email ? refuse(email) : sendOnce(c, desk, email, keys);
  });

  app.get('/emails/receiving/:id', (c) => {
    const refusal = refuseCaller(c);
    if (refusal) return refuse(refusal);
    const email = received.get(c.req.param('id'));
    return email ? Response.json(email) : notFound('Email not found');
  });

  app.get('/domains', (c) => {
    const refusal = refuseCaller(c);
    return refusal ? refuse(refusal) : answerRead(c, desk, { host, body: domains, toFaultBody });
  });
  app.get('/webhooks', (c) => {
    const refusal = refuseCaller(c);
    const body = listWebhooks(desk);
    return refusal ? refuse(refusal) : answerRead(c, desk, { host, body, toFaultBody });
  });

  app.all('/emails', () =>
    refuse({ statusCode: 405, name: 'method_not_allowed', message: 'Method is not allowed' }),
  );
  app.notFound(() => notFound('The requested endpoint does not exist'));
  return {
    app,
    write: (inbound, url) => {
      const email = toReceivedEmail(inbound);
      received.set(email.id, email);
      return { providerMessageId: email.id, call: toResendCall(url, toReceivedEvent(email)) };
    },
    reset: () => {
      keys.clear();
      received.clear();
    },
  };
};
