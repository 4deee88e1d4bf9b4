import * as z from 'zod';
import { readThreadIds } from '../lib/email-thread.ts';
import { htmlToText } from '../lib/html-to-text.ts';
import { readText } from '../lib/read-text.ts';
import type { ProviderIo } from '../ports/channel.ts';
import type { FetchedText } from '../ports/webhook.ts';

// A map, or a list of names and values: public sources show both.
const headersSchema = z
  .union([
    z
      .array(z.object({ name: z.string(), value: z.string() }))
      .transform((list) => list.map(({ name, value }): [string, string] => [name, value])),
    z
      .record(z.string(), z.union([z.string(), z.array(z.string())]))
      .transform((map) =>
        Object.entries(map).map(([name, value]): [string, string] => [
          name,
          [value].flat().join(' '),
        ]),
      ),
  ])
  .transform((entries) => new Map(entries.map(([name, value]) => [name.toLowerCase(), value])));

const emailSchema = z.object({
  text: z.string().nullish(),
  html: z.string().nullish(),
  message_id: z.string().nullish(),
  headers: headersSchema.nullish().catch(null),
});

// RFC 3834, and what list and vacation programs write in its place.
const isAutomatic = (headers: ReadonlyMap<string, string>): boolean => {
  const submitted = headers.get('auto-submitted')?.trim().toLowerCase() ?? 'no';
  const precedence = headers.get('precedence')?.trim().toLowerCase() ?? '';
  return (
    !submitted.startsWith('no') ||
    /^(?:bulk|junk|list|auto_reply)$/.test(precedence) ||
    headers.has('x-autoreply') ||
    headers.has('x-autorespond') ||
    headers.get('return-path')?.trim() === '<>'
  );
};

/** Asks Resend for a received email. Null: it does not give it now. https://resend.com/docs/api-reference/emails/retrieve-received-email */
export const fetchReceivedEmail = async (
  apiKey: string,
  id: string,
  { fetch, signal }: ProviderIo,
): Promise<FetchedText | null> => {
  const url = `https://api.resend.com/emails/receiving/${encodeURIComponent(id)}`;
  const headers = { Authorization: `Bearer ${apiKey}`, 'User-Agent': 'crm-api' };
  const response = await fetch(url, { headers, redirect: 'manual', signal });
  if (response.status !== 200) {
    await response.body?.cancel();
    return null;
  }
  const email = emailSchema.parse(JSON.parse(await readText(response)));
  const named = email.headers ?? new Map<string, string>();
  const thread = `${named.get('in-reply-to') ?? ''} ${named.get('references') ?? ''}`;
  return {
    text: email.text || htmlToText(email.html ?? ''),
    email: {
      messageId: email.message_id ?? null,
      threadIds: readThreadIds(thread),
      automatic: isAutomatic(named),
    },
  };
};
