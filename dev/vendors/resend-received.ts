import { randomUUID } from 'node:crypto';
import type { InboundAttachment, InboundOn } from './inbound-schema.ts';
import type { ResendEvent } from './resend-event.ts';

// resend.com/docs/api-reference/emails/retrieve-received-email and /webhooks/emails/received

type AttachedFile = {
  readonly id: string;
  readonly filename: string;
  readonly content_type: string;
  readonly content_disposition: string;
  readonly content_id: string;
};

/** An email that a contact wrote, as Resend keeps it. */
export type ReceivedEmail = {
  readonly object: 'email';
  readonly id: string;
  readonly to: readonly string[];
  readonly from: string;
  readonly created_at: string;
  readonly subject: string;
  readonly html: string | null;
  readonly text: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly bcc: readonly string[];
  readonly cc: readonly string[];
  readonly reply_to: readonly string[];
  readonly message_id: string;
  readonly attachments: readonly AttachedFile[];
};

const toFile = ({ mimeType, name }: InboundAttachment): AttachedFile => ({
  id: randomUUID(),
  filename: name ?? `file.${mimeType.split('/')[1]}`,
  content_type: mimeType,
  content_disposition: 'attachment',
  content_id: `<${randomUUID()}@mail.example.com>`,
});

const toHtml = (text: string): string =>
  `<p>${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('\n', '<br>')}</p>`;

const withName = ({ from, name }: InboundOn<'email'>): string => `${name} <${from}>`;

/** Resend receives through Amazon SES, which says so in this header. */
const toResults = ({ from, authentication: result }: InboundOn<'email'>): string => {
  const domain = from.slice(from.lastIndexOf('@') + 1);
  const spf = `spf=${result} (spfCheck: by the domain of ${domain}) client-ip=192.0.2.1; envelope-from=${from}; helo=mx.${domain}`;
  return `amazonses.com; ${spf}; dkim=${result} header.i=@${domain}; dmarc=${result} header.from=${domain};`;
};

/** Lower-case names, as Resend gives them. */
const toHeaders = (inbound: InboundOn<'email'>, messageId: string) => {
  const { from, to, subject, inReplyTo, autoSubmitted, replyTo } = inbound;
  return {
    'return-path': from,
    'authentication-results': toResults(inbound),
    from: withName(inbound),
    to,
    subject,
    date: new Date().toUTCString().replace('GMT', '+0000'),
    'message-id': messageId,
    'mime-version': '1.0',
    ...(inReplyTo === undefined ? {} : { 'in-reply-to': inReplyTo, references: inReplyTo }),
    ...(autoSubmitted === undefined ? {} : { 'auto-submitted': autoSubmitted }),
    ...(replyTo === undefined ? {} : { 'reply-to': replyTo }),
    ...inbound.headers,
  };
};

export const toReceivedEmail = (inbound: InboundOn<'email'>): ReceivedEmail => {
  const { from, to, subject, text, html, attachments } = inbound;
  const messageId = `<${randomUUID()}@mail.example.com>`;
  return {
    object: 'email',
    id: randomUUID(),
    to: [to],
    from,
    created_at: new Date().toISOString(),
    subject,
    html: html ?? (text === '' ? null : toHtml(text)),
    text: text === '' ? null : text,
    headers: toHeaders(inbound, messageId),
    bcc: [],
    cc: [],
    reply_to: inbound.replyTo === undefined ? [] : [inbound.replyTo],
    message_id: messageId,
    attachments: attachments.map(toFile),
  };
};

/** The webhook's call: no text and no headers. */
export const toReceivedEvent = (email: ReceivedEmail): ResendEvent => ({
  type: 'email.received',
  created_at: new Date().toISOString(),
  data: {
    email_id: email.id,
    created_at: email.created_at,
    from: email.headers.from ?? email.from,
    to: email.to,
    bcc: email.bcc,
    cc: email.cc,
    message_id: email.message_id,
    subject: email.subject,
    attachments: email.attachments,
  },
});
