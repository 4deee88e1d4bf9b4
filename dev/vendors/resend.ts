import { createHmac, randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { demoData } from '../demo-data.ts';
import type { Bindings } from '../serve.ts';
import { answerSend, type VendorContext } from './answer-send.ts';
import { isJsonRequest, parseJson } from './check-body.ts';
import type { Desk, SignedRequest } from './desk.ts';
import type { LateReceiptFault, StatusFault } from './faults.ts';
import { createIdempotencyKeys, type IdempotencyKeys } from './resend-idempotency.ts';
import { type Email, listAddresses, type ResendRefusal, readEmail } from './resend-request.ts';

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

const toReceipt = (
  emailId: string,
  email: Email,
  { status, webhookUrl }: LateReceiptFault,
): SignedRequest | null => {
  if (webhookUrl === undefined) return null;
  const now = new Date().toISOString();
  const tags = Object.fromEntries((email.tags ?? []).map(({ name, value }) => [name, value]));
  const { from, subject, to } = email;
  const data = { email_id: emailId, created_at: now, from, to: listAddresses(to), subject, tags };
  const type = status.startsWith('email.') ? status : `email.${status}`;
  const body = JSON.stringify({ type, created_at: now, data });
  const id = `msg_${randomUUID()}`;
  const timestamp = `${Math.floor(Date.now() / 1000)}`;
  return {
    url: webhookUrl,
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

const send = async (
  c: VendorContext,
  desk: Desk,
  email: Email,
  { id, onTaken }: { readonly id: string; readonly onTaken: () => void },
): Promise<Response> =>
  answerSend(c, desk, {
    host,
    take: () => {
      const replyTo = email.headers?.['In-Reply-To'];
      onTaken();
      desk.take({
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
      });
    },
    accepted: { status: 200, body: { id } },
    refuse: (fault) => ({ body: toFaultBody(fault) }),
    receipt: (fault) => toReceipt(id, email, fault),
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

export type Resend = { readonly app: Hono<{ Bindings: Bindings }>; reset(): void };

/** Resend's send call, with its idempotency keys. */
export const createResend = (desk: Desk): Resend => {
  const app = new Hono<{ Bindings: Bindings }>();
  const keys = createIdempotencyKeys();

  app.post('/emails', async (c) => {
    const body = isJsonRequest(c.req.header('content-type')) ? parseJson(await c.req.text()) : {};
    const refusal = refuseCaller(c) ?? refuseKey(c.req.header('idempotency-key'));
    if (refusal) return refuse(refusal);
    const email = readEmail(body);
    return 'name' in email ? refuse(email) : sendOnce(c, desk, email, keys);
  });

  app.all('/emails', () =>
    refuse({ statusCode: 405, name: 'method_not_allowed', message: 'Method is not allowed' }),
  );
  app.notFound(() =>
    refuse({
      statusCode: 404,
      name: 'not_found',
      message: 'The requested endpoint does not exist',
    }),
  );
  return { app, reset: keys.clear };
};
