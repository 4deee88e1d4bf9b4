// Made by `npm run generate` from the OpenAPI document.

/**
 * Exactly as it is, or written by an agent: `ai` says which. Unknown fields are ignored.
 */
export type SendMessage = SendAsItIs | SendByAgent;

export interface SendAsItIs {
  /**
   * The text, sent as it is; not blank.
   */
  content: string;
  /**
   * `content` is sent as it is.
   */
  ai: false;
  /**
   * The conversation's UUID, or your own id for it.
   */
  conversation_id: string;
  /**
   * What it is sent over.
   */
  channel: 'sms' | 'email' | 'whatsapp' | 'facebook' | 'instagram';
  /**
   * Not used.
   */
  agent_id?: string | null;
  /**
   * The inbound message that this one replies to: our id or the provider’s.
   */
  message_id?: string | null;
  /**
   * Email only. Without it: the conversation's last subject with `Re:`, else the sub-account's name.
   */
  subject?: string | null;
}
export interface SendByAgent {
  /**
   * The instruction to the agent; not blank.
   */
  content: string;
  /**
   * The agent writes the message.
   */
  ai: true;
  /**
   * The conversation's UUID, or your own id for it.
   */
  conversation_id: string;
  /**
   * What it is sent over.
   */
  channel: 'sms' | 'email' | 'whatsapp' | 'facebook' | 'instagram';
  /**
   * An active agent of the sub-account.
   */
  agent_id: string;
  /**
   * The inbound message that this one replies to: our id or the provider’s.
   */
  message_id?: string | null;
  /**
   * Email only. Without it: the conversation's last subject with `Re:`, else the sub-account's name.
   */
  subject?: string | null;
}
export interface SentMessage {
  /**
   * `msg_` and 26 characters; ask for it later.
   */
  message_id: string;
  /**
   * The text as it was sent.
   */
  content: string;
  /**
   * agent: an AI agent wrote it. user: the caller did.
   */
  sender_type: 'user' | 'agent';
  /**
   * What it is sent over.
   */
  channel: 'sms' | 'email' | 'whatsapp' | 'facebook' | 'instagram';
  /**
   * Whether an AI agent writes it.
   */
  ai: boolean;
  /**
   * The provider accepted the message.
   */
  delivered: true;
  /**
   * When the provider accepted it.
   */
  timestamp: string;
}
export interface QueuedMessage {
  /**
   * `msg_` and 26 characters; ask for it later.
   */
  message_id: string;
  /**
   * null until an agent has written it.
   */
  content: string | null;
  /**
   * agent: an AI agent wrote it. user: the caller did.
   */
  sender_type: 'user' | 'agent';
  /**
   * What it is sent over.
   */
  channel: 'sms' | 'email' | 'whatsapp' | 'facebook' | 'instagram';
  /**
   * Whether an AI agent writes it.
   */
  ai: boolean;
  /**
   * It is stored, and sent after this response.
   */
  delivered: false;
  /**
   * When the message was stored.
   */
  timestamp: string;
}
export interface Message {
  /**
   * `msg_` and 26 characters.
   */
  message_id: string;
  /**
   * The conversation it belongs to.
   */
  conversation_id: string;
  /**
   * What it is sent over.
   */
  channel: 'sms' | 'email' | 'whatsapp' | 'facebook' | 'instagram';
  /**
   * received: the contact wrote it. queued: it waits. composing: the agent is writing. sending: a provider is being asked. sent: a provider has accepted it. delivered: the provider reported later that it arrived. read: the provider reported later that it was opened. failed: it was not delivered. unknown: a provider was asked and no usable response came, so it may have been sent or not. superseded: a reply that was no longer needed.
   */
  status:
    | 'received'
    | 'queued'
    | 'composing'
    | 'sending'
    | 'sent'
    | 'delivered'
    | 'read'
    | 'failed'
    | 'unknown'
    | 'superseded';
  /**
   * Who wrote it: the contact, the caller, or an AI agent.
   */
  sender_type: 'contact' | 'user' | 'agent';
  /**
   * Whether an AI agent writes it.
   */
  ai: boolean;
  /**
   * The text; null until an agent has written it.
   */
  content: string | null;
  /**
   * Whether a provider has accepted it, as far as is known: true with the status sent, delivered or read; true with received, which has arrived here; false with every other status.
   */
  delivered: boolean;
  /**
   * When a provider accepted it, or when the contact sent it; else when it was stored.
   */
  timestamp: string;
  /**
   * Email only.
   */
  subject: string | null;
  /**
   * The agent that writes it.
   */
  agent_id: string | null;
  /**
   * The provider that has it.
   */
  provider: string | null;
  /**
   * When it was stored.
   */
  created_at: string;
  /**
   * When a queued message is tried next.
   */
  next_try_at: string | null;
  /**
   * When a provider accepted it.
   */
  sent_at: string | null;
  /**
   * When it was delivered, as the provider says.
   */
  delivered_at: string | null;
  /**
   * When it was read, as the provider says.
   */
  read_at: string | null;
  /**
   * When it failed for good.
   */
  failed_at: string | null;
  /**
   * Why it was not sent, or why nobody can say.
   */
  error: {
    /**
     * An error code; GET /errors/{code} explains it.
     */
    code: string;
    /**
     * never: the same request cannot succeed. safe: nothing was sent, send it again with the same Idempotency-Key. check: it may have been sent, ask GET /messages/{message_id} first.
     */
    retry: 'never' | 'safe' | 'check';
    /**
     * What happened and what to do.
     */
    message?: string;
    /**
     * What the provider said.
     */
    provider?: {
      /**
       * The provider that was asked.
       */
      name: string;
      /**
       * The provider's own code.
       */
      code: string | null;
      /**
       * The provider's own words, without secrets and addresses.
       */
      message: string | null;
      /**
       * invalid_recipient, opted_out, window_closed, content_rejected, misconfigured, rate_limited, quota_exceeded, provider_unavailable, unknown or other.
       */
      reason: string;
    };
  } | null;
  /**
   * What the agent used up.
   */
  usage: {
    /**
     * What the model read.
     */
    input_tokens: number;
    /**
     * What the model wrote.
     */
    output_tokens: number;
  } | null;
  /**
   * What the caller said about it.
   */
  metadata: {
    /**
     * The message that this one replies to.
     */
    message_id?: string;
  };
  /**
   * Every call to a provider, in order.
   */
  attempts: {
    /**
     * From 1.
     */
    number: number;
    /**
     * The provider that was asked.
     */
    provider: string;
    /**
     * unknown: the call left, and no usable response came.
     */
    outcome: 'accepted' | 'refused' | 'unknown';
    /**
     * Why it was refused, as in the `reason` of an error.
     */
    reason: string | null;
    /**
     * The provider's own code.
     */
    code: string | null;
    /**
     * The provider's own words, without secrets and addresses.
     */
    message: string | null;
    /**
     * When the call began.
     */
    started_at: string;
    /**
     * When its response had come, or was no longer waited for.
     */
    finished_at: string;
  }[];
}
export interface Swept {
  /**
   * Accepted by a provider.
   */
  sent: number;
  /**
   * To be tried again later.
   */
  queued: number;
  /**
   * Not sent, for good.
   */
  failed: number;
  /**
   * May have been sent; nobody can say.
   */
  unknown: number;
  /**
   * Replies that were no longer needed.
   */
  superseded: number;
  /**
   * Taken up by another worker, or not worked on because of an error in the log.
   */
  lost: number;
}
export interface Health {
  /**
   * The function is up and configured.
   */
  status: 'ok';
  /**
   * Where this document is.
   */
  openapi: string;
  /**
   * Where people read it.
   */
  docs: string;
}
export interface ErrorResponse {
  error: {
    /**
     * Which error it is.
     */
    code:
      | 'invalid_request'
      | 'content_too_long'
      | 'invalid_api_key'
      | 'invalid_signature'
      | 'conversation_not_found'
      | 'agent_not_found'
      | 'not_found'
      | 'method_not_allowed'
      | 'send_in_progress'
      | 'payload_too_large'
      | 'idempotency_key_reused'
      | 'channel_not_connected'
      | 'recipient_unreachable'
      | 'recipient_opted_out'
      | 'messaging_window_closed'
      | 'rate_limited'
      | 'delivery_failed'
      | 'delivery_unknown'
      | 'internal_error'
      | 'ai_unavailable'
      | 'too_busy'
      | 'database_unavailable';
    /**
     * One sentence that says what to do.
     */
    message: string;
    /**
     * never: the same request cannot succeed. safe: nothing was sent, send it again with the same Idempotency-Key. check: it may have been sent, ask GET /messages/{message_id} first.
     */
    retry: 'never' | 'safe' | 'check';
    /**
     * The same as `X-Request-Id`: to find it in the log.
     */
    request_id: string;
    /**
     * Says what happened and what to do. A path alone while the function is not configured.
     */
    doc_url: string;
    /**
     * With 400: everything that is wrong with the request.
     */
    issues?: {
      /**
       * Of the field, or the name of the header.
       */
      path: string;
      /**
       * What it must be.
       */
      message: string;
    }[];
    /**
     * A message was stored: GET /messages/{message_id} says what became of it.
     */
    message_id?: string;
    /**
     * What the provider said.
     */
    provider?: {
      /**
       * The provider that was asked.
       */
      name: string;
      /**
       * The provider's own code.
       */
      code: string | null;
      /**
       * The provider's own words, without secrets and addresses.
       */
      message: string | null;
      /**
       * invalid_recipient, opted_out, window_closed, content_rejected, misconfigured, rate_limited, quota_exceeded, provider_unavailable, unknown or other.
       */
      reason: string;
    };
  };
  /**
   * The same sentence as `error.message`, for clients that look for it here.
   */
  message: string;
}
