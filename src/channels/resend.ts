import * as z from 'zod';
import { toEmailMessageId } from '../lib/email-thread.ts';
import { quoteName } from '../lib/mailbox.ts';
import type { ChannelProvider, OutboundMessage, RepliedMessage } from '../ports/channel.ts';
import {
  callVendor,
  type VendorError,
  type VendorRequest,
  type VendorRules,
} from './call-vendor.ts';
import { channelNotServed, credentialsDoNotFit, secret } from './credentials.ts';
import { resendWebhook } from './resend-webhook.ts';
import { findVerdict, type Verdict } from './verdict.ts';

const credentials = z.object({
  apiKey: secret,
  /** Signs the webhooks (`whsec_…`). */
  webhookSecret: secret.optional(),
});

// https://resend.com/docs/api-reference/errors
const verdicts = {
  missing_api_key: 'misconfigured',
  restricted_api_key: 'misconfigured',
  invalid_api_key: 'misconfigured',
  suspended_api_key: 'misconfigured',
  invalid_access: 'misconfigured',
  invalid_from_address: 'misconfigured',
  invalid_region: 'misconfigured',
  not_found: 'misconfigured',
  invalid_attachment: 'content_rejected',
  security_error: 'content_rejected',
  invalid_parameter: 'other',
  missing_required_field: 'other',
  invalid_idempotency_key: 'other',
  rate_limit_exceeded: 'rate_limited',
  daily_quota_exceeded: 'quota_exceeded',
  monthly_quota_exceeded: 'quota_exceeded',
  email_above_quota: 'quota_exceeded',
  service_unavailable: 'provider_unavailable',
  // Nothing says that the message was not sent, so it is unknown. The same sender may repeat it, because the key makes
  // that safe. As a refusal it would go to another sender, which the key does not protect.
  application_error: 'unknown',
  internal_server_error: 'unknown',
  // The key was seen before, so an earlier call for this message is under way or succeeded.
  concurrent_idempotent_requests: 'unknown',
  resource_locked: 'unknown',
  invalid_idempotent_request: 'unknown',
} as const satisfies Record<string, Verdict>;

const acceptedId = z.object({ id: z.string().min(1) }).transform(({ id }) => id);

const errorBody = z.object({ name: z.string(), message: z.string().nullable().catch(null) });

// `validation_error` is not in the table. As a 403 it means an unverified domain, as a 400 a problem with the key, else
// a wrong field.
const readError = (body: unknown): VendorError | null => {
  const parsed = errorBody.safeParse(body);
  if (!parsed.success) return null;
  const { name, message } = parsed.data;
  const isAboutKey = name === 'validation_error' && /\bAPI key\b/i.test(message ?? '');
  return {
    code: name,
    message,
    verdict: isAboutKey ? 'misconfigured' : findVerdict(verdicts, name),
  };
};

const rules: VendorRules = { acceptedId, readError };

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => entities[character] ?? character);

const toHtml = (text: string): string =>
  text
    .replace(/\r\n?/g, '\n')
    .split(/\n\s*\n/)
    .map((paragraph) => `<p>${escapeHtml(paragraph).replaceAll('\n', '<br>')}</p>`)
    .join('\n');

// A line break in a header would begin another header.
const toOneLine = (text: string): string => text.replace(/\p{Cc}+/gu, ' ').trim();

// The id was written by the sender of the email that we reply to: only a well-formed one becomes a header.
const toMessageId = (replyTo: RepliedMessage | null): string | null =>
  /^<[\x21-\x3b\x3d\x3f-\x7e]+>$/.exec(replyTo?.emailMessageId ?? '')?.[0] ?? null;

// Replies name our id, and so find their conversation. `References` has it too, because replies repeat that header and
// some relays (such as Amazon's) give each email a Message-ID of their own.
const toHeaders = ({ id, from, replyTo, automatic }: OutboundMessage) => {
  const own = toEmailMessageId(id, from);
  const replied = toMessageId(replyTo);
  return {
    'Message-ID': own,
    References: replied === null ? own : `${replied} ${own}`,
    ...(replied !== null && { 'In-Reply-To': replied }),
    // RFC 3834: tells other machines not to reply.
    ...(automatic && { 'Auto-Submitted': 'auto-replied' }),
  };
};

const toBody = (message: OutboundMessage) => ({
  from: quoteName(message.from),
  to: quoteName(message.to),
  subject: toOneLine(message.subject ?? ''),
  text: message.content.text,
  html: toHtml(message.content.text),
  tags: [{ name: 'message_id', value: message.id }],
  headers: toHeaders(message),
});

const toRequest = (apiKey: string, message: OutboundMessage): VendorRequest => ({
  url: 'https://api.resend.com/emails',
  headers: {
    Authorization: `Bearer ${apiKey}`,
    'Content-Type': 'application/json',
    'Idempotency-Key': message.id,
    'User-Agent': 'crm-api', // Resend is said to turn away requests without one
  },
  body: JSON.stringify(toBody(message)),
});

/** Resend: https://resend.com/docs/api-reference/emails/send-email */
export const resend = {
  name: 'resend',
  // Resend names no limit for the text (40 MB for the whole email). This is some 30 pages, and stays well inside
  // the 256 KiB that the API takes.
  carries: { email: { text: { max: 100_000, unit: 'characters' } } },
  // An hour less than the 24 that Resend keeps its idempotency keys.
  repeatableForSeconds: 23 * 3600,
  credentials,
  webhook: resendWebhook,
  send: async (opened, message, io) => {
    const parsed = credentials.safeParse(opened);
    if (!parsed.success) return credentialsDoNotFit(parsed.error);
    if (message.channel !== 'email') return channelNotServed('resend', message.channel);
    return callVendor(toRequest(parsed.data.apiKey, message), rules, io);
  },
} as const satisfies ChannelProvider;
