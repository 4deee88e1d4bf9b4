import { demoData } from '../../dev/demo-data.ts';
import type { Fetch } from '../../src/ports/io.ts';

export type DatabaseSettings = { readonly url: string; readonly secretKey: string };

const vendorUrl = `https://api.twilio.com/2010-04-01/Accounts/${demoData.twilio.accountSid}/Messages.json`;
const authorization = `Basic ${btoa(`${demoData.twilio.accountSid}:${demoData.twilio.authToken}`)}`;
const keyHash = Buffer.from(
  await crypto.subtle.digest('SHA-256', new TextEncoder().encode(demoData.apiKey)),
).toString('hex');

/**
 * The floor: the same three HTTP calls with the same bytes, and nothing else. It checks nothing, knows one key, one vendor
 * and one contact, and would send twice.
 */
export const createBareHandler = ({ url, secretKey }: DatabaseSettings, fetch: Fetch) => {
  const callDatabase = async (name: string, request: object): Promise<unknown> => {
    const response = await fetch(`${url}/rest/v1/rpc/${name}`, {
      method: 'POST',
      headers: {
        apikey: secretKey,
        authorization: `Bearer ${secretKey}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ p_request: request }),
    });
    return response.json();
  };

  return async (request: Request): Promise<Response> => {
    const { content, channel, conversation_id: conversation } = await request.json();
    const [messageId, leaseId] = [crypto.randomUUID(), crypto.randomUUID()];
    await callDatabase('begin_send', {
      key_hash: keyHash,
      message_id: messageId,
      lease_id: leaseId,
      lease_seconds: 90,
      conversation_ref: conversation,
      channel,
      policy: { providers: ['twilio'], repeatable: {}, reply_window_hours: null },
      parts: {},
      metadata: {},
      request_hash: messageId,
      history_limit: 20,
      content,
    });
    const vendorAnswer = await fetch(vendorUrl, {
      method: 'POST',
      headers: {
        authorization,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({
        To: demoData.contact.phone,
        From: demoData.twilio.phoneNumber,
        Body: content,
        StatusCallback: `https://crm.example/functions/v1/crm-api/webhooks/twilio/${messageId}`,
      }).toString(),
    });
    const { sid } = await vendorAnswer.json();
    const now = new Date().toISOString();
    await callDatabase('settle_send', {
      message_id: messageId,
      lease_id: leaseId,
      status: 'sent',
      at: now,
      attempts: [
        { number: 1, provider: 'twilio', outcome: 'accepted', started_at: now, finished_at: now },
      ],
      provider: 'twilio',
      provider_message_id: sid,
    });
    return Response.json({
      message_id: messageId,
      content,
      sender_type: 'user',
      channel,
      ai: false,
      delivered: true,
      timestamp: now,
    });
  };
};
