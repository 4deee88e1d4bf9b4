import { toAddressKey } from '../lib/address-key.ts';
import { cleanText } from '../lib/clean-text.ts';
import { newMessageId, parseWireId } from '../lib/message-id.ts';
import { toReplyPrefix } from '../lib/reply-prefix.ts';
import type { Channel } from '../ports/channel.ts';
import type { StorableEvent } from '../ports/storable-event.ts';
import type { Json } from './database.types.ts';
import { keepEmailId, toAddress, toThread } from './email-rows.ts';
import { cutLength, cutText, cutTo } from './kept-text.ts';
import { toSnakeCase } from './letter-case.ts';

const toIso = (time: number): string => new Date(time).toISOString();

// A vendor may nest its description of a form in any way. It came as JSON, so it can be stored as JSON.
const toJson = (value: unknown): Json => {
  const json: Json = JSON.parse(JSON.stringify(value));
  return json;
};

type Place = { readonly channel: Channel; readonly accounts: readonly string[] };

/** Where something happened. Of our own addresses, only the keys are needed. */
const toPlace = ({ channel, accounts }: Place) => ({
  channel,
  account_keys: accounts.map((account) => toAddressKey(channel, cleanText(account))),
});

type StorableInbound = Extract<StorableEvent, { type: 'inbound' }>;

/** Characters; RFC 5322 allows 998 in a line. */
const longestSubject = 998;

/** The part of a text that is stored, and the length of the whole text if that is longer. */
const keepText = (text: string | null) =>
  text === null ? { text } : { text: cutText(text), ...cutLength(text) };

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
  ...toThread(event.email),
  automatic: event.email?.automatic ?? false,
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

/** The document that record_webhook takes. */
export const toWebhookRequest = (
  connectionId: string,
  events: readonly StorableEvent[],
  version: string | null,
) => ({
  connection_id: connectionId,
  connection_version: version,
  events: events.map(toEventRow),
});
