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
    /** Where the vendor says what became of a message. */
    readonly callbackUrl: string;
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
  { origin, accountSid, authToken, from, to, callbackUrl }: CallSettings['vendor'],
  transport: Transport,
) => {
  const post = transport(`${origin}/2010-04-01/Accounts/${accountSid}/Messages.json`, {
    authorization: `Basic ${btoa(`${accountSid}:${authToken}`)}`,
    'content-type': 'application/x-www-form-urlencoded',
  });
  return (messageId: string, content: string) => {
    const callback = `${callbackUrl}?message_id=${messageId}`;
    const form = { To: to, From: from, Body: content, StatusCallback: callback };
    return post(new URLSearchParams(form).toString());
  };
};

/**
 * The three HTTP calls of a manual send, with almost the same bytes as ours, and nothing else. It checks nothing, knows one key,
 * one vendor and one contact, and would send twice.
 */
export const createThreeCalls = (settings: CallSettings, transport: Transport) => {
  const { begin, settle } = callsOf(settings.database, transport);
  const askVendor = vendorCall(settings.vendor, transport);

  return async ({ content, channel, conversation_id: conversation }: SendBody) => {
    const messageId = crypto.randomUUID();
    await begin({
      key_hash: settings.keyHash,
      message_id: messageId,
      lease_id: messageId,
      lease_seconds: 90,
      conversation_ref: conversation,
      channel,
      policy: { providers: ['twilio'], repeatable: {}, reply_window_hours: null },
      parts: {},
      subject: null,
      idempotency_key: null,
      request_hash: null,
      task_hash: null,
      history_limit: 20,
      content,
      reply_prefix: 'Re: ',
      conversation_id: null,
      metadata: {},
    });
    const { sid } = await askVendor(messageId, content);
    const now = new Date().toISOString();
    await settle({
      message_id: messageId,
      lease_id: messageId,
      usage: null,
      status: 'sent',
      provider: 'twilio',
      provider_message_id: sid,
      at: now,
      attempts: [
        {
          number: 1,
          provider: 'twilio',
          outcome: 'accepted',
          reason: null,
          code: null,
          message: null,
          started_at: now,
          finished_at: now,
        },
      ],
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
