// Runs on each runtime, also copied away from this project, so it imports nothing.

export type CallSettings = {
  readonly database: { readonly url: string; readonly secretKey: string };
  readonly keyHash: string;
  readonly vendor: {
    /** Up to and without the path of its API. */
    readonly origin: string;
    readonly accountSid: string;
    readonly authToken: string;
    readonly from: string;
    readonly to: string;
  };
};

/** A POST whose response is JSON. The address and headers of every call are given once, the body of each. */
export type Transport = (
  url: string,
  headers: Readonly<Record<string, string>>,
) => (body: string) => Promise<{ readonly sid?: string }>;

type SendBody = {
  readonly content: string;
  readonly channel: string;
  readonly conversation_id: string;
};

/** The two calls of the database. */
const callsOf = ({ url, secretKey }: CallSettings['database'], transport: Transport) => {
  const call = (name: string) => {
    const post = transport(`${url}/rest/v1/rpc/${name}`, {
      apikey: secretKey,
      authorization: `Bearer ${secretKey}`,
      'content-type': 'application/json',
    });
    return (request: object) => post(JSON.stringify({ p_request: request }));
  };
  return { begin: call('begin_send'), settle: call('settle_send') };
};

const vendorCall = (
  { origin, accountSid, authToken, from, to }: CallSettings['vendor'],
  transport: Transport,
) => {
  const post = transport(`${origin}/2010-04-01/Accounts/${accountSid}/Messages.json`, {
    authorization: `Basic ${btoa(`${accountSid}:${authToken}`)}`,
    'content-type': 'application/x-www-form-urlencoded',
  });
  return (messageId: string, content: string) => {
    const callback = `https://crm.example/functions/v1/crm-api/webhooks/twilio/${messageId}`;
    const form = { To: to, From: from, Body: content, StatusCallback: callback };
    return post(new URLSearchParams(form).toString());
  };
};

/**
 * The three HTTP calls of a manual send, with the same bytes as ours, and nothing else. It checks nothing, knows one key,
 * one vendor and one contact, and would send twice.
 */
export const createThreeCalls = (settings: CallSettings, transport: Transport) => {
  const { begin, settle } = callsOf(settings.database, transport);
  const askVendor = vendorCall(settings.vendor, transport);

  return async ({ content, channel, conversation_id: conversation }: SendBody) => {
    const [messageId, leaseId] = [crypto.randomUUID(), crypto.randomUUID()];
    await begin({
      key_hash: settings.keyHash,
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
    const { sid } = await askVendor(messageId, content);
    const now = new Date().toISOString();
    await settle({
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
    return {
      message_id: messageId,
      content,
      sender_type: 'user',
      channel,
      ai: false,
      delivered: true,
      timestamp: now,
    };
  };
};
