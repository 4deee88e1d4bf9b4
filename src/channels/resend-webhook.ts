import * as z from 'zod';
import { verifyStandardWebhook } from '../lib/standard-webhook.ts';
import type {
  InboundMessage,
  ProviderWebhook,
  Receipt,
  WebhookCall,
  WebhookEvent,
} from '../ports/webhook.ts';
import { failed, fine } from './failed-receipt.ts';
import { fetchReceivedEmail } from './resend-received.ts';

const secrets = z.object({ webhookSecret: z.string().min(1) });
const keys = z.object({ apiKey: z.string().min(1) });

const word = z.string().min(1);
const optional = z.string().nullish().catch(null);
const addresses = z
  .union([z.array(z.string()), z.string().transform((one) => [one])])
  .nullish()
  .catch(null);

const eventSchema = z.object({ type: z.string(), created_at: z.string(), data: z.unknown() });

const attachmentSchema = z.object({ id: optional, filename: optional, content_type: optional });

const receivedSchema = z.object({
  email_id: word,
  from: word,
  to: addresses,
  cc: addresses,
  bcc: addresses,
  subject: optional,
  message_id: optional,
  attachments: z.array(attachmentSchema).catch([]),
});

// Resend takes tags as a list and gives them back as a map.
const tagsSchema = z
  .union([
    z.object({ message_id: z.string() }).transform(({ message_id }) => message_id),
    z
      .array(z.object({ name: z.string(), value: z.string() }))
      .transform((tags) => tags.find(({ name }) => name === 'message_id')?.value),
  ])
  .optional()
  .catch(undefined);

const receiptSchema = z.object({
  email_id: word,
  tags: tagsSchema,
  bounce: z.object({ type: optional, message: optional }).optional().catch(undefined),
  failed: z.object({ reason: optional }).optional().catch(undefined),
  suppressed: z.object({ reason: optional }).optional().catch(undefined),
});
type ReceiptData = z.infer<typeof receiptSchema>;

/** The mailbox and the name of `Name <mailbox>`. */
const readMailbox = (text: string) => {
  const named = /^\s*"?([^"<]*?)"?\s*<([^<>]+)>\s*$/.exec(text);
  return {
    address: (named?.[2] ?? text).trim().toLowerCase(),
    name: named?.[1] || null,
  };
};

const machines = /^(?:no-?reply|do-?not-?reply|mailer-daemon|postmaster|bounces?)(?:[+@._-]|$)/;

const toInbound = (data: z.infer<typeof receivedSchema>, at: number): InboundMessage => {
  const { address, name } = readMailbox(data.from);
  const own = [data.to, data.cc, data.bcc].flatMap((list) => list ?? []);
  const attachments = data.attachments.map((file) => ({
    kind: file.content_type?.split('/')[0] ?? 'file',
    id: file.id ?? null,
    url: null,
    mimeType: file.content_type ?? null,
    name: file.filename ?? null,
  }));
  return {
    type: 'inbound',
    channel: 'email',
    accounts: own.map((mailbox) => readMailbox(mailbox).address),
    from: address,
    otherAddress: null,
    name,
    providerMessageId: data.email_id,
    at,
    text: null,
    textIsElsewhere: true,
    subject: data.subject || null,
    attachments,
    repliedProviderMessageId: null,
    email: {
      messageId: data.message_id || null,
      threadIds: [],
      automatic: machines.test(address),
    },
    preference: null,
  };
};

const statuses: ReadonlyMap<string, Receipt['status']> = new Map([
  ['scheduled', 'sent'],
  ['sent', 'sent'],
  ['delivery_delayed', 'sent'],
  ['delivered', 'delivered'],
  ['complained', 'delivered'],
  ['opened', 'read'],
  ['clicked', 'read'],
  ['bounced', 'failed'],
  ['failed', 'failed'],
  ['suppressed', 'failed'],
]);

const explain = (name: string, { bounce, failed: failure, suppressed }: ReceiptData) => {
  if (name === 'complained') return { failure: null, consequence: 'opted_out' } as const;
  if (name === 'bounced') {
    const verdict = bounce?.type === 'Permanent' ? 'invalid_recipient' : 'other';
    return failed(verdict, bounce?.type ?? null, bounce?.message ?? null);
  }
  if (name === 'suppressed') {
    const { reason } = suppressed ?? {};
    const verdict = reason === 'previous_complaint' ? 'opted_out' : 'invalid_recipient';
    return failed(verdict, reason ?? null, null);
  }
  return name === 'failed' ? failed('other', failure?.reason ?? null, null) : fine;
};

const toReceipt = (name: string, data: ReceiptData, at: number): Receipt[] => {
  const status = statuses.get(name);
  if (!status) return [];
  const { email_id: providerMessageId, tags: messageId = null } = data;
  return [{ type: 'receipt', providerMessageId, messageId, status, at, ...explain(name, data) }];
};

const parseEvent = (
  { type, created_at, data }: z.infer<typeof eventSchema>,
  receivedAt: number,
): WebhookEvent[] => {
  const at = Date.parse(created_at) || receivedAt;
  const name = type.replace(/^email\./, '');
  if (name === 'received') {
    const received = receivedSchema.safeParse(data);
    return received.success ? [toInbound(received.data, at)] : [];
  }
  const receipt = receiptSchema.safeParse(data);
  return receipt.success ? toReceipt(name, receipt.data, at) : [];
};

const parse = ({ body, receivedAt }: WebhookCall): WebhookEvent[] | null => {
  try {
    return parseEvent(eventSchema.parse(JSON.parse(new TextDecoder().decode(body))), receivedAt);
  } catch {
    return null;
  }
};

/** Receipts and messages of Resend: https://resend.com/docs/dashboard/webhooks/introduction */
export const resendWebhook: ProviderWebhook = {
  verify: async (credentials, call) => {
    const parsed = secrets.safeParse(credentials);
    return parsed.success && verifyStandardWebhook(parsed.data.webhookSecret, call);
  },
  parse,
  answer: { contentType: 'text/plain', body: '' },
  fetchText: async (credentials, id, io) => {
    const { apiKey } = keys.parse(credentials);
    return fetchReceivedEmail(apiKey, id, io);
  },
};
