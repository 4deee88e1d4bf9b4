import { Hono } from 'hono';
import { answerChallenge, receiveWebhook } from '../core/receive/receive-webhook.ts';
import { createWebhooks } from '../core/receive/webhooks.ts';
import type { Deps } from '../ports/deps.ts';
import { type HttpEnvironment, workContext } from './environment.ts';
import { readBody } from './read-body.ts';
import { traceHeaders } from './trace-request.ts';

const path = '/webhooks/:provider/:connectionId';

/** Vendors call here with receipts and with contacts' messages, and to check that the address is ours. */
export const createWebhooksRoute = (deps: Deps) => {
  const webhooks = createWebhooks(deps);
  return new Hono<HttpEnvironment>()
    .post(path, async (c) => {
      const address = c.req.param();
      // The connection is looked up first. If it does not exist, the body is not read.
      const opened = await webhooks.open(address, workContext(c));
      const call = {
        // Behind a gateway, the request's own URL is not the one that the vendor signed.
        url: `${deps.publicUrl}/webhooks/${address.provider}/${address.connectionId}${new URL(c.req.url).search}`,
        headers: c.req.raw.headers,
        body: await readBody(c, opened.webhook.largestCall),
        receivedAt: deps.io.now(),
      };
      const answer = await receiveWebhook(deps, webhooks, opened, call, workContext(c));
      return c.body(answer.body, 200, { ...traceHeaders(c), 'content-type': answer.contentType });
    })
    .get(path, async (c) => {
      const query = new URL(c.req.url).searchParams;
      const challenge = await answerChallenge(webhooks, c.req.param(), query, workContext(c));
      return c.text(challenge, 200, traceHeaders(c));
    });
};
