import { toKeyedAddress } from '../lib/address-key.ts';
import { cleanText } from '../lib/clean-text.ts';
import { findOurIds } from '../lib/email-thread.ts';
import { parseWireId } from '../lib/message-id.ts';
import type { Channel } from '../ports/channel.ts';
import type { InboundEmail } from '../ports/inbound.ts';
import type { ReplySettings } from '../ports/store.ts';
import type { FetchedText } from '../ports/webhook.ts';
import { cutLength, cutText } from './kept-text.ts';
import { toSnakeCase } from './letter-case.ts';

/** Characters. A longer id does not fit into the index, and mail programs do not repeat it in a reply's headers. */
const longestEmailId = 500;

export const keepEmailId = (id: string | null | undefined): string | null =>
  id && id.length <= longestEmailId ? id : null;

// The key of the address as it is stored, so without the characters that cleanRow removes.
export const toAddress = (channel: Channel, address: string) =>
  toKeyedAddress(channel, cleanText(address));

// The ids in the headers of a reply that are ours.
const toOurIds = (threadIds: readonly string[]): string[] =>
  findOurIds(threadIds).flatMap((id) => parseWireId(id) ?? []);

const toReplyTo = ({ replyTo }: InboundEmail) =>
  replyTo ? { ...replyTo, address: toAddress('email', replyTo.address) } : null;

/** The facts in an email's headers: its thread, its writer, and who vouches for the writer. */
export const toThread = (email: InboundEmail | null) => ({
  reply_to: email && toReplyTo(email),
  authenticated: email?.authenticated ?? null,
  our_ids: toOurIds(email?.threadIds ?? []),
  thread_ids: [...(email?.threadIds ?? [])],
});

/** The keys that complete_text adds to a message's metadata. */
export const toTextMetadata = ({ email, text }: FetchedText) => {
  const id = keepEmailId(email?.messageId);
  return {
    ...(id === null ? {} : { email_message_id: id }),
    ...(email?.automatic ? { automatic: true } : {}),
    ...cutLength(text),
  };
};

/** The document that complete_text takes. */
export const toTextRequest = (messageId: string, fetched: FetchedText, reply: ReplySettings) => ({
  message_id: messageId,
  text: cutText(cleanText(fetched.text)),
  metadata: toTextMetadata(fetched),
  thread: toThread(fetched.email),
  reply: toSnakeCase(reply),
});
