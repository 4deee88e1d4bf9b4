import { Hono } from 'hono';
import { answerChallenge, receiveWebhook } from '../core/receive-webhook.ts';
import type { Deps } from '../ports/deps.ts';
import { type HttpEnvironment, workContext } from './environment.ts';
import { setTraceHeaders } from './trace-request.ts';
import { limitBodyTo } from './validate.ts';

/**
 * Bytes. Meta puts up to 1000 events into one call of up to 3 MB, and drops a call that is refused for days: all that is in it is
 * lost. https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview
 */
export const largestCall = 4 * 1024 * 1024;
const path = '/webhooks/:provider/:connectionId';

/** What vendors call back with: receipts, what contacts write, and the question whether the address is ours. */
export const createWebhooksRoute = (deps: Deps) =>
  new Hono<HttpEnvironment>()
    .post(path, limitBodyTo(largestCall), async (c) => {
      const address = c.req.param();
      const { provider, connectionId } = address;
      const call = {
        // Behind a gateway the request's own URL is not the one that the vendor has signed.
        url: `${deps.publicUrl}/webhooks/${provider}/${connectionId}${new URL(c.req.url).search}`,
        headers: c.req.raw.headers,
        body: new Uint8Array(await c.req.arrayBuffer()),
        receivedAt: deps.io.now(),
      };
      const answer = await receiveWebhook(deps, address, call, workContext(c));
      setTraceHeaders(c);
      return c.body(answer.body, 200, { 'content-type': answer.contentType });
    })
    .get(path, async (c) => {
      const query = new URL(c.req.url).searchParams;
      const challenge = await answerChallenge(deps, c.req.param(), query, workContext(c));
      setTraceHeaders(c);
      return c.text(challenge);
    });
