import * as z from 'zod';
import { readMailbox } from '../lib/mailbox.ts';
import { ownValue } from '../lib/own-value.ts';
import { verifyStandardWebhook } from '../lib/standard-webhook.ts';
import type { RefusalReason } from '../ports/channel.ts';
import type { InboundMessage } from '../ports/inbound.ts';
import type { ProviderWebhook, Receipt, WebhookCall } from '../ports/webhook.ts';
import { secret } from './credentials.ts';
import { failed, fine } from './failed-receipt.ts';
import {
  emailSchema,
  fetchReceivedEmail,
  mailboxes,
  notFetched,
  toInboundEmail,
} from './resend-received.ts';
import {
  attachment,
  inbound,
  kindOf,
  listOf,
  maybe,
  momentOr,
  parseVendorJson,
  word,
} from './webhook-body.ts';

const secrets = z.object({ webhookSecret: secret });
const keys = z.object({ apiKey: secret });

const receivedSchema = emailSchema.extend({
  email_id: z.string().min(1),
  from: z.string().includes('@'),
  to: mailboxes,
  cc: mailboxes,
  bcc: mailboxes,
  received_for: mailboxes,
  subject: word,
  attachments: listOf(z.object({ id: word, filename: word, content_type: word })),
});

// We send tags as a list, and Resend returns them as a map.
const tags = z.union([
  z.object({ message_id: z.string() }).transform(({ message_id }) => message_id),
  listOf(z.object({ name: z.literal('message_id'), value: z.string() })).transform(
    (list) => list[0]?.value ?? null,
  ),
]);

const sentSchema = z.object({
  email_id: word,
  tags,
  bounce: maybe(z.object({ type: word, message: word })),
  failed: maybe(z.object({ reason: word })),
  suppressed: maybe(z.object({ reason: word, message: word })),
});
type SentEmail = z.infer<typeof sentSchema>;

const eventSchema = z.object({ type: z.string(), created_at: word, data: z.unknown() });

const toInbound = (email: z.infer<typeof receivedSchema>, at: number): InboundMessage => {
  const { address: from, name } = readMailbox(email.from);
  const own = [email.to, email.cc, email.bcc, email.received_for].flat();
  return inbound({
    channel: 'email',
    accounts: [...new Set(own.map((mailbox) => readMailbox(mailbox).address))],
    from,
    name,
    providerMessageId: email.email_id,
    at,
    textIsElsewhere: true,
    subject: email.subject,
    attachments: email.attachments.map(({ id, filename, content_type: mimeType }) =>
      attachment(kindOf(mimeType), { id, mimeType, name: filename }),
    ),
    email: toInboundEmail(email),
  });
};

const statuses: Readonly<Record<string, Receipt['status']>> = {
  'email.scheduled': 'sent',
  'email.sent': 'sent',
  'email.delivery_delayed': 'sent',
  'email.delivered': 'delivered',
  'email.complained': 'delivered',
  'email.opened': 'read',
  'email.clicked': 'read',
  'email.bounced': 'failed',
  'email.failed': 'failed',
  'email.suppressed': 'failed',
};

// Whether a bounce or suppression makes the address invalid. Bounces that are Transient or Undetermined do not.
const verdicts: Readonly<Record<string, RefusalReason>> = {
  Permanent: 'invalid_recipient',
  previous_bounce: 'invalid_recipient',
  previous_complaint: 'opted_out',
  reached_daily_quota: 'quota_exceeded',
};

const toFailure = ({ bounce, suppressed, failed: failure }: SentEmail) => {
  const reason = suppressed?.reason ?? failure?.reason ?? null;
  const code = bounce?.type ?? (reason && /^\w{1,64}$/.test(reason) ? reason : null);
  const message = bounce?.message ?? suppressed?.message ?? reason;
  return failed({ code, message, verdict: ownValue(verdicts, code ?? '') ?? null });
};

const toReceipt = (type: string, email: SentEmail, at: number): Receipt[] => {
  const status = ownValue(statuses, type);
  const { email_id: providerMessageId, tags: messageId } = email;
  if (!status || (providerMessageId === null && messageId === null)) return [];
  const known = { type: 'receipt', providerMessageId, messageId, status, at } as const;
  if (type === 'email.complained') return [{ ...known, failure: null, consequence: 'opted_out' }];
  return [{ ...known, ...(status === 'failed' ? toFailure(email) : fine) }];
};

const parse = ({ body, receivedAt }: WebhookCall) => {
  const event = eventSchema.safeParse(parseVendorJson(new TextDecoder().decode(body)));
  if (!event.success) return null;
  const { type, created_at, data } = event.data;
  const at = momentOr(Date.parse(created_at ?? ''), receivedAt);
  if (type === 'email.received') {
    const received = receivedSchema.safeParse(data);
    return received.success ? [toInbound(received.data, at)] : [];
  }
  const sent = sentSchema.safeParse(data);
  return sent.success ? toReceipt(type, sent.data, at) : [];
};

/** Receipts and messages of Resend: https://resend.com/docs/dashboard/webhooks/introduction */
export const resendWebhook: ProviderWebhook = {
  // A call has headers and names, but no text and no file.
  largestCall: 1024 * 1024,
  verify: async (credentials, call) => {
    const { data } = secrets.safeParse(credentials);
    return data !== undefined && verifyStandardWebhook(data.webhookSecret, call);
  },
  parse,
  answer: { contentType: 'text/plain', body: '' },
  fetchText: async (credentials, id, io) => {
    const { data } = keys.safeParse(credentials);
    return data ? fetchReceivedEmail(data.apiKey, id, io) : notFetched('misconfigured');
  },
};
