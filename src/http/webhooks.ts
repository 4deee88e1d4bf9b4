import { Hono } from 'hono';
import { answerChallenge, openWebhook, receiveWebhook } from '../core/receive/receive-webhook.ts';
import type { Deps } from '../ports/deps.ts';
import { type HttpEnvironment, workContext } from './environment.ts';
import { readBody } from './read-body.ts';
import { setTraceHeaders } from './trace-request.ts';

const path = '/webhooks/:provider/:connectionId';

/** What vendors call back with: receipts, what contacts write, and the question whether the address is ours. */
export const createWebhooksRoute = (deps: Deps) =>
  new Hono<HttpEnvironment>()
    .post(path, async (c) => {
      const address = c.req.param();
      // Whose it is comes first: for a connection that is not there, nothing is read.
      const opened = await openWebhook(deps, address, workContext(c));
      const call = {
        // Behind a gateway the request's own URL is not the one that the vendor has signed.
        url: `${deps.publicUrl}/webhooks/${address.provider}/${address.connectionId}${new URL(c.req.url).search}`,
        headers: c.req.raw.headers,
        body: await readBody(c, opened.webhook.largestCall),
        receivedAt: deps.io.now(),
      };
      const answer = await receiveWebhook(deps, opened, call, workContext(c));
      setTraceHeaders(c);
      return c.body(answer.body, 200, { 'content-type': answer.contentType });
    })
    .get(path, async (c) => {
      const query = new URL(c.req.url).searchParams;
      const challenge = await answerChallenge(deps, c.req.param(), query, workContext(c));
      setTraceHeaders(c);
      return c.text(challenge);
    });
