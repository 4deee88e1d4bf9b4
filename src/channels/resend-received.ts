import * as z from 'zod';
import { readThreadIds } from '../lib/email-thread.ts';
import { htmlToText } from '../lib/html-to-text.ts';
import { readText, readTextUpTo } from '../lib/read-text.ts';
import type { ProviderIo } from '../ports/channel.ts';
import type { FetchedText, TextOutcome } from '../ports/webhook.ts';
import { listOf, parseJson, word } from './webhook-body.ts';

const value = z
  .union([z.string(), z.array(z.string()).transform((all) => all.join(' '))])
  .catch('');

// A map, or a list of names and values: public sources show both.
const headersSchema = z
  .union([
    z.record(z.string(), value).transform((map) => Object.entries(map)),
    listOf(z.object({ name: z.string(), value })).transform((list) =>
      list.map((header): [string, string] => [header.name, header.value]),
    ),
  ])
  .transform((all) => new Map(all.map(([name, text]) => [name.toLowerCase(), text.trim()])));

/** What an email says of itself, in the webhook's call or when Resend is asked for it. */
export const emailSchema = z.object({ from: word, message_id: word, headers: headersSchema });

/** The mailbox and the name of `Name <mailbox>`. */
export const readMailbox = (text: string): { address: string; name: string | null } => {
  const start = text.lastIndexOf('<');
  const name = text.slice(0, Math.max(start, 0)).replaceAll('"', '').trim();
  const address = text.slice(start + 1).replace(/>\s*$/, '');
  return { address: address.trim().toLowerCase(), name: name || null };
};

const machines =
  /(?:^|[-_.+])(?:no|do[-_.]?not)[-_.]?reply(?=[-_.+@\d])|^(?:mailer-daemon|postmaster)[+@]/;

// RFC 3834, and what list and vacation programs write in its place.
const isAutomatic = ({ from, headers }: z.infer<typeof emailSchema>): boolean => {
  const read = (name: string) => headers.get(name)?.toLowerCase() ?? '';
  return (
    machines.test(readMailbox(from ?? '').address) ||
    !/^(?:no\b|$)/.test(read('auto-submitted')) ||
    /^(?:bulk|junk|list|auto_reply)$/.test(read('precedence')) ||
    /\b(?:all|oof|autoreply)\b/.test(read('x-auto-response-suppress')) ||
    headers.has('x-autoreply') ||
    headers.has('x-autorespond') ||
    read('return-path') === '<>'
  );
};

export const toInboundEmail = (
  email: z.infer<typeof emailSchema>,
): NonNullable<FetchedText['email']> => {
  const { message_id: id, headers } = email;
  const thread = `${headers.get('in-reply-to') ?? ''} ${headers.get('references') ?? ''}`;
  return {
    messageId: id === null || id.startsWith('<') ? id : `<${id}>`,
    threadIds: [...new Set(readThreadIds(thread))],
    automatic: isAutomatic(email),
    authenticated: null,
  };
};

const receivedSchema = emailSchema.extend({ text: word, html: word });

/**
 * Bytes. A thread of years is some megabytes of HTML, which are in the way even where the email has a text as well. Two of
 * these, as a sweep reads them, take half of the 128 MB that Workers give.
 */
const longestEmail = 10 * 1024 * 1024;
/** Characters of its text or HTML. What was written last stands first; the rest is what it quotes. */
const longestPart = 1024 * 1024;

type NotFetched = Extract<TextOutcome, { type: 'not_fetched' }>;

export const notFetched = (
  reason: NotFetched['reason'],
  status: number | null = null,
  code: string | null = null,
): NotFetched => ({ type: 'not_fetched', reason, status, code });

// https://resend.com/docs/api-reference/errors has the names; the message beside it may quote anything.
const refusalSchema = z.object({ name: z.string().regex(/^[a-z_]{1,64}$/) });

const readRefusal = async (response: Response): Promise<NotFetched> => {
  const body = await readText(response).catch(() => '');
  const { data } = refusalSchema.safeParse(parseJson(body));
  return notFetched('refused', response.status, data?.name);
};

const readEmail = async (response: Response): Promise<TextOutcome> => {
  const json = await readTextUpTo(longestEmail, response);
  if (json === null) return notFetched('too_long', response.status);
  const { data } = receivedSchema.safeParse(parseJson(json, longestPart));
  if (!data) return notFetched('unreadable', response.status);
  const text = data.text?.trim() ? data.text : htmlToText(data.html ?? '');
  return { type: 'fetched', fetched: { text, email: toInboundEmail(data) } };
};

/** Asks Resend for a received email. https://resend.com/docs/api-reference/emails/retrieve-received-email */
export const fetchReceivedEmail = async (
  apiKey: string,
  id: string,
  { fetch, signal }: ProviderIo,
): Promise<TextOutcome> => {
  // Else each image stands in the HTML itself, which makes it too long to read.
  const url = `https://api.resend.com/emails/receiving/${encodeURIComponent(id)}?html_format=cid`;
  const headers = { Authorization: `Bearer ${apiKey}`, 'User-Agent': 'crm-api' };
  try {
    const response = await fetch(url, { headers, redirect: 'manual', signal });
    return await (response.status === 200 ? readEmail(response) : readRefusal(response));
  } catch {
    return notFetched('no_answer');
  }
};
