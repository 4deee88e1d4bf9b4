import * as z from 'zod';
import { isInvisible } from '../lib/clean-text.ts';
import { readThreadIds } from '../lib/email-thread.ts';
import { htmlToText } from '../lib/html-to-text.ts';
import { readMailbox } from '../lib/mailbox.ts';
import { readText, readTextUpTo } from '../lib/read-text.ts';
import type { ProviderIo } from '../ports/channel.ts';
import type { InboundEmail } from '../ports/inbound.ts';
import type { TextOutcome } from '../ports/webhook.ts';
import { isAutomatic, isMachine } from './automatic-email.ts';
import { readAuthentication } from './resend-authentication.ts';
import { listOf, parseVendorJson, word } from './webhook-body.ts';

const value = z.union([z.string().transform((text) => [text]), z.array(z.string())]).catch([]);

type Named = { readonly name: string; readonly value: readonly string[] };

/** Headers by name in lower case. If a header is there more than once, the topmost value counts. */
const byName = (all: readonly Named[]): ReadonlyMap<string, readonly string[]> => {
  const headers = new Map<string, string[]>();
  for (const { name, value: values } of all) {
    const key = name.toLowerCase();
    headers.set(key, [...(headers.get(key) ?? []), ...values.map((text) => text.trim())]);
  }
  return headers;
};

// A map, or a list of names and values: public sources show both.
const headersSchema = z
  .union([
    z
      .record(z.string(), value)
      .transform((map) => Object.entries(map).map(([name, values]) => ({ name, value: values }))),
    listOf(z.object({ name: z.string(), value })),
  ])
  .transform(byName);

export const mailboxes = z.preprocess((given) => [given].flat(), listOf(z.string().includes('@')));

/** The sender, recipients and headers of an email, from the webhook's call or from Resend's API. */
export const emailSchema = z.object({
  from: word,
  reply_to: mailboxes,
  message_id: word,
  headers: headersSchema,
});
type Email = z.infer<typeof emailSchema>;

const quotedName = /^\s*"(?:[^"\\]|\\.)*"/s;
const mailbox = /^(?:[^@<]*<[^\s<>@,;]+@[^\s<>@,;]+>|[^\s<>@,;]+@[^\s<>@,;]+)$/;
/** Of several mailboxes, nobody can say which one is the writer's. */
const isOneMailbox = (text: string): boolean =>
  text.length <= 400 && mailbox.test(text.replace(quotedName, '').trim());

/** The one mailbox in Reply-To, if it is not the one in From. */
const findReplyTo = (email: Email, automatic: boolean): InboundEmail['replyTo'] => {
  const inHeader = email.headers.get('reply-to') ?? [];
  const [given = '', ...more] = email.reply_to.length > 0 ? email.reply_to : inHeader;
  if (more.length > 0 || !isOneMailbox(given)) return undefined;
  const writer = readMailbox(given);
  if (writer.address === readMailbox(email.from ?? '').address) return undefined;
  return { ...writer, automatic: automatic || isMachine(writer.address) };
};

export const toInboundEmail = (email: Email): InboundEmail => {
  const { message_id: id, headers, from } = email;
  const read = (name: string) => headers.get(name)?.join(' ');
  const thread = `${read('in-reply-to') ?? ''} ${read('references') ?? ''}`;
  const automatic = isAutomatic({ get: read });
  const replyTo = findReplyTo(email, automatic);
  return {
    messageId: id === null || id.startsWith('<') ? id : `<${id}>`,
    threadIds: [...new Set(readThreadIds(thread))],
    automatic: automatic || isMachine(readMailbox(from ?? '').address),
    authenticated: readAuthentication(from ?? '', (name) => headers.get(name)?.[0] ?? null),
    ...(replyTo && { replyTo }),
  };
};

const receivedSchema = emailSchema.extend({ text: word, html: word });

/**
 * Bytes. A thread of years has megabytes of HTML, even if the email also has a text. Two of these, which a sweep reads
 * at once, take half of the 128 MB that Workers have.
 */
const longestEmail = 10 * 1024 * 1024;
/** Characters of its text or HTML. The newest part comes first; the rest is quotation. */
const longestPart = 1024 * 1024;

type NotFetched = Extract<TextOutcome, { type: 'not_fetched' }>;

export const notFetched = (
  reason: NotFetched['reason'],
  status: number | null = null,
  code: string | null = null,
): NotFetched => ({ type: 'not_fetched', reason, status, code });

// https://resend.com/docs/api-reference/errors has the names. The message beside them may quote anything, so it is left
// out.
const refusalSchema = z.object({ name: z.string().regex(/^[a-z_]{1,64}$/) });

const readRefusal = async (response: Response): Promise<NotFetched> => {
  const body = await readText(response).catch(() => '');
  const { data } = refusalSchema.safeParse(parseVendorJson(body));
  return notFetched('refused', response.status, data?.name);
};

const readEmail = async (response: Response): Promise<TextOutcome> => {
  const json = await readTextUpTo(longestEmail, response);
  if (json === null) return notFetched('too_long', response.status);
  const { data } = receivedSchema.safeParse(parseVendorJson(json, longestPart));
  if (!data) return notFetched('unreadable', response.status);
  const plain = data.text ?? '';
  const text = isInvisible(plain) ? htmlToText(data.html ?? '') : plain;
  const email = toInboundEmail(data);
  return { type: 'fetched', fetched: { text: isInvisible(text) ? '' : text, email } };
};

/** Asks Resend for a received email. https://resend.com/docs/api-reference/emails/retrieve-received-email */
export const fetchReceivedEmail = async (
  apiKey: string,
  id: string,
  { fetch, signal }: ProviderIo,
): Promise<TextOutcome> => {
  // Otherwise Resend puts each image into the HTML, which makes it too long to read.
  const url = `https://api.resend.com/emails/receiving/${encodeURIComponent(id)}?html_format=cid`;
  const headers = { Authorization: `Bearer ${apiKey}`, 'User-Agent': 'crm-api' };
  try {
    const response = await fetch(url, { headers, redirect: 'manual', signal });
    return await (response.status === 200 ? readEmail(response) : readRefusal(response));
  } catch {
    return notFetched('no_answer');
  }
};
