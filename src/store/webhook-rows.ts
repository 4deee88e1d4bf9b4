import { toAddressKey, toKeyedAddress } from '../lib/address-key.ts';
import { cleanText } from '../lib/clean-text.ts';
import { findOurIds } from '../lib/email-thread.ts';
import { newMessageId, parseWireId } from '../lib/message-id.ts';
import { toReplyPrefix } from '../lib/reply-prefix.ts';
import type { Channel } from '../ports/channel.ts';
import type { InboundEmail } from '../ports/inbound.ts';
import type { StorableEvent } from '../ports/storable-event.ts';
import type { ReplySettings } from '../ports/store.ts';
import type { FetchedText } from '../ports/webhook.ts';
import type { Json } from './database.types.ts';
import { toSnakeCase } from './letter-case.ts';

const toIso = (time: number): string => new Date(time).toISOString();

// The ids in the headers of a reply that are ours.
const toOurIds = (threadIds: readonly string[]): string[] =>
  findOurIds(threadIds).flatMap((id) => parseWireId(id) ?? []);

/** Characters. A longer id does not fit into the index, and mail programs do not repeat it in a reply's headers. */
const longestEmailId = 500;

const keepEmailId = (id: string | null | undefined): string | null =>
  id && id.length <= longestEmailId ? id : null;

// A vendor may nest its description of a form in any way. It came as JSON, so it can be stored as JSON.
const toJson = (value: unknown): Json => {
  const json: Json = JSON.parse(JSON.stringify(value));
  return json;
};

// The key of the address as it is stored, so without the characters that cleanRow removes.
const toAddress = (channel: Channel, address: string) =>
  toKeyedAddress(channel, cleanText(address));

type Place = { readonly channel: Channel; readonly accounts: readonly string[] };

/** Where something happened. Of our own addresses, only the keys are needed. */
const toPlace = ({ channel, accounts }: Place) => ({
  channel,
  account_keys: accounts.map((account) => toAddressKey(channel, cleanText(account))),
});

const toReplyTo = ({ replyTo }: InboundEmail) =>
  replyTo ? { ...replyTo, address: toAddress('email', replyTo.address) } : null;

type StorableInbound = Extract<StorableEvent, { type: 'inbound' }>;

/** Characters of somebody's text: more than any channel takes, and than any agent reads. */
const longestText = 65_536;

/** Characters; RFC 5322 allows 998 in a line. */
const longestSubject = 998;

// Never cuts a pair of surrogates in half.
const cutTo = (longest: number, text: string): string =>
  text.slice(0, longest).replace(/[\ud800-\udbff]$/, '');

export const cutText = (text: string): string => cutTo(longestText, text);

/** The part of a text that is stored, and the length of the whole text if that is longer. */
const keepText = (text: string | null) =>
  text === null || text.length <= longestText
    ? { text }
    : { text: cutText(text), text_length: text.length };

const toInboundRow = (event: StorableInbound) => ({
  type: event.type,
  message_id: newMessageId(),
  ...toPlace(event),
  from: toAddress(event.channel, event.from),
  other_address: event.otherAddress && toAddress(event.channel, event.otherAddress),
  scoped_to_sender: event.scopedToSender,
  name: event.name,
  provider_message_id: event.providerMessageId,
  at: toIso(event.at),
  ...keepText(event.text),
  text_is_elsewhere: event.textIsElsewhere,
  subject: event.subject && cutTo(longestSubject, event.subject),
  ...(event.channel === 'email' ? { reply_prefix: toReplyPrefix(event.subject) } : {}),
  typed: event.typed,
  answerable: event.answerable,
  details: toJson(event.details),
  attachments: event.attachments.map((attachment) => ({ ...attachment })),
  replied_provider_message_id: event.repliedProviderMessageId,
  email_message_id: keepEmailId(event.email?.messageId),
  thread_ids: [...(event.email?.threadIds ?? [])],
  our_ids: toOurIds(event.email?.threadIds ?? []),
  automatic: event.email?.automatic ?? false,
  authenticated: event.email?.authenticated ?? null,
  reply_to: event.email && toReplyTo(event.email),
  preference: event.preference,
  quoted: event.quoted && { ...event.quoted },
  reply: toSnakeCase(event.reply),
});

type StorableEcho = Extract<StorableEvent, { type: 'echo' }>;

const toEchoRow = (event: StorableEcho) => ({
  ...toPlace(event),
  type: event.type,
  message_id: newMessageId(),
  to: toAddress(event.channel, event.to),
  other_address: event.otherAddress && toAddress(event.channel, event.otherAddress),
  scoped_to_sender: event.scopedToSender,
  policy: event.watermarks ? { watermarks: true } : null,
  provider_message_id: event.providerMessageId,
  at: toIso(event.at),
  ...keepText(event.text),
  attachments: event.attachments.map((attachment) => ({ ...attachment })),
});

type StorableCorrection = Extract<StorableEvent, { type: 'correction' }>;

const toCorrectedRow = ({ text, preference }: StorableCorrection) => ({
  ...keepText(text),
  preference,
});

type StorableReceipt = Extract<StorableEvent, { type: 'receipt' }>;

const toReceiptRow = ({ messageId, providerMessageId, at, ...event }: StorableReceipt) => ({
  ...event,
  message_id: messageId && parseWireId(messageId),
  provider_message_id: providerMessageId,
  at: toIso(at),
});

// Postgres refuses NUL and lone surrogates in JSON: one of them would keep all events of the call from being stored,
// forever.
const cleanRow = (value: Json): Json => {
  if (typeof value === 'string') return cleanText(value);
  if (Array.isArray(value)) return value.map(cleanRow);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(([name, field = null]) => [
    cleanText(name),
    cleanRow(field),
  ]);
  return Object.fromEntries(entries);
};

const toRow = (event: StorableEvent): Json => {
  switch (event.type) {
    case 'inbound':
      return toInboundRow(event);
    case 'receipt':
      return toReceiptRow(event);
    case 'watermark':
      return {
        ...toPlace(event),
        type: event.type,
        address: toAddress(event.channel, event.address),
        status: event.status,
        until: toIso(event.until),
      };
    case 'echo':
      return toEchoRow(event);
    case 'correction':
    case 'withdrawal':
      return {
        ...toPlace(event),
        type: event.type,
        provider_message_id: event.providerMessageId,
        at: toIso(event.at),
        ...(event.type === 'correction' ? toCorrectedRow(event) : {}),
      };
    case 'preference':
      return {
        ...toPlace(event),
        type: event.type,
        scope: event.scope,
        address: toAddress(event.channel, event.address),
        preference: event.preference,
        at: toIso(event.at),
      };
    case 'address_change':
      return {
        type: event.type,
        channel: event.channel,
        previous: toAddress(event.channel, event.previous),
        current: toAddress(event.channel, event.current),
      };
  }
};

const toEventRow = (event: StorableEvent): Json => cleanRow(toRow(event));

/** The facts in an email's headers: its thread, its writer, and who vouches for the writer. */
const toThread = ({ email }: FetchedText) => ({
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
    ...(text.length > longestText ? { text_length: text.length } : {}),
  };
};

/** The document that record_webhook takes. */
export const toWebhookRequest = (connectionId: string, events: readonly StorableEvent[]) => ({
  connection_id: connectionId,
  events: events.map(toEventRow),
});

/** The document that complete_text takes. */
export const toTextRequest = (messageId: string, fetched: FetchedText, reply: ReplySettings) => ({
  message_id: messageId,
  text: cutText(cleanText(fetched.text)),
  metadata: toTextMetadata(fetched),
  thread: toThread(fetched),
  reply: toSnakeCase(reply),
});
