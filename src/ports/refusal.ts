import * as z from 'zod';

/** The part of an API key's limit that is left: a bucket of `limit` tokens that refills once in 60 seconds. */
export const rate = z.object({ limit: z.number(), tokens: z.number() });
export type Rate = Readonly<z.infer<typeof rate>>;

/** The database refuses to send or to show anything. */
export const refused = z.object({
  outcome: z.literal('refused'),
  code: z.enum([
    'invalid_api_key',
    'rate_limited',
    'idempotency_key_reused',
    'conversation_not_found',
    'agent_not_found',
    'channel_not_connected',
    'recipient_unreachable',
    'recipient_opted_out',
    'messaging_window_closed',
  ]),
  /** The stored message that the idempotency key belongs to. */
  messageId: z.string().nullable(),
  /** With channel_not_connected: the providers of the channel's active senders. */
  connectedProviders: z
    .array(z.string())
    .nullable()
    .transform((providers) => providers ?? []),
  rate: rate.nullable(),
  apiKeyId: z.string().nullable(),
});
