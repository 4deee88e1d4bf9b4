import { createHmac } from 'node:crypto';
import { expect } from 'vitest';
import { demoData } from '../../dev/demo-data.ts';
import { serveLocally } from '../../dev/serve.ts';
import type { WebhookUrls } from '../../dev/vendors/webhook.ts';

/** A webhook call as it arrived. */
export type Captured = { readonly url: string; readonly headers: Headers; readonly body: string };

/** A server in the place of the API's webhooks, which keeps the calls. */
export const startWebhooks = async () => {
  const calls: Captured[] = [];
  let status = 200;
  const served = await serveLocally({
    fetch: async (request) => {
      calls.push({ url: request.url, headers: request.headers, body: await request.text() });
      return new Response(null, { status });
    },
    port: 0,
  });
  const at = (path: string) => `${served.origin}/webhooks/${path}`;
  return {
    calls,
    urls: {
      twilio: at('twilio/1?a=b'),
      meta: at('meta/2'),
      instagram: at('meta/3'),
      resend: at('resend/4'),
    } as const satisfies WebhookUrls,
    at,
    answerWith: (next: number) => {
      status = next;
    },
    reset: () => {
      calls.length = 0;
      status = 200;
    },
    stop: served.stop,
  };
};
export type Webhooks = Awaited<ReturnType<typeof startWebhooks>>;

// The vendors' recipes, written again independently of the doubles' code.

const twilioSignature = ({ url, body }: Captured): string => {
  const parameters = [...new URLSearchParams(body)].sort(([a], [b]) => (a < b ? -1 : 1));
  const signed = `${url}${parameters.flat().join('')}`;
  return createHmac('sha1', demoData.twilio.authToken).update(signed).digest('base64');
};

const metaSignature = ({ body }: Captured): string =>
  `sha256=${createHmac('sha256', demoData.meta.appSecret).update(body).digest('hex')}`;

const resendSignature = ({ headers, body }: Captured): string => {
  const key = Buffer.from(demoData.resend.webhookSecret.slice('whsec_'.length), 'base64');
  const signed = `${headers.get('svix-id')}.${headers.get('svix-timestamp')}.${body}`;
  return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
};

const expectFresh = (timestamp: string | null) =>
  expect(Math.abs(Date.now() / 1000 - Number(timestamp))).toBeLessThan(5);

/** The form of a call that Twilio signed. */
export const twilioForm = (call: Captured): Record<string, string> => {
  expect(call.headers.get('content-type')).toMatch(/^application\/x-www-form-urlencoded/);
  expect(call.headers.get('x-twilio-signature')).toBe(twilioSignature(call));
  expect(call.headers.get('i-twilio-idempotency-token')).toMatch(/./);
  return Object.fromEntries(new URLSearchParams(call.body));
};

/** The body of a call that Meta signed. */
export const metaBody = (call: Captured): unknown => {
  expect(call.headers.get('content-type')).toBe('application/json');
  expect(call.headers.get('x-hub-signature-256')).toBe(metaSignature(call));
  expect(call.body).toMatch(/^[\0-\x7f]*$/);
  return JSON.parse(call.body);
};

/** The body of a call that Resend signed. */
export const resendBody = (call: Captured): unknown => {
  expect(call.headers.get('content-type')).toBe('application/json');
  expect(call.headers.get('svix-signature')).toBe(resendSignature(call));
  expectFresh(call.headers.get('svix-timestamp'));
  return JSON.parse(call.body);
};
