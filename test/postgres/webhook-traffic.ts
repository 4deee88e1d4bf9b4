import { demoData } from '../../dev/demo-data.ts';
import type { Random } from '../../dev/faults/random.ts';
import type { Stack } from '../../dev/stack.ts';
import { type InboundInput, inboundSchema } from '../../dev/vendors/inbound-schema.ts';
import type { SentMessage } from '../../dev/vendors/journal.ts';
import { writeWhatsapp } from '../../dev/vendors/meta-inbound.ts';
import { writeMessaging } from '../../dev/vendors/meta-messaging-inbound.ts';
import { writeTwilio } from '../../dev/vendors/twilio-inbound.ts';
import { type AnswerStatus, type Letter, postCall } from '../../dev/vendors/webhook.ts';

/** Lowest first: a receipt never moves a message to the left. */
export const ranks = ['sent', 'failed', 'delivered', 'read'] as const;
type Rank = (typeof ranks)[number];

export type Event = {
  /** Posts it again, as the vendor signs it. */
  readonly deliver: () => Promise<AnswerStatus>;
  readonly writes?: { readonly address: string; readonly providerMessageId: string };
  readonly says?: { readonly messageId: string; readonly status: Rank };
};

const digits = (index: number) => `${index}`.padStart(3, '0');
const ten = Array.from({ length: 10 }, (_, index) => index);

/** Forty correspondents; five of them write to both Twilio's number and Meta's. */
const correspondents: readonly InboundInput[] = ten.flatMap((index): InboundInput[] => [
  { channel: 'sms', from: `+15005551${digits(index)}` },
  { channel: 'whatsapp', provider: 'twilio', from: `+15005552${digits(index)}` },
  { channel: 'whatsapp', provider: 'meta', from: `+15005552${digits(index + 5)}` },
  { channel: 'facebook', from: `73000000000000${digits(index)}` },
]);

export const addressKeys = [
  ...new Set(correspondents.map(({ channel, from }) => `${channel} ${from}`)),
];

const toLetter = (written: InboundInput, apiUrl: string): Letter => {
  const inbound = inboundSchema.parse(written);
  const { twilio, meta } = demoData.connectionIds;
  const overTwilio = `${apiUrl}/webhooks/twilio/${twilio}`;
  const overMeta = `${apiUrl}/webhooks/meta/${meta}`;
  if (inbound.channel === 'sms') return writeTwilio(inbound, overTwilio);
  if (inbound.channel === 'facebook') return writeMessaging(inbound, overMeta);
  if (inbound.channel !== 'whatsapp') throw new Error(`nobody writes on ${inbound.channel}`);
  return inbound.provider === 'twilio'
    ? writeTwilio(inbound, overTwilio)
    : writeWhatsapp(inbound, overMeta);
};

/** That many messages from the correspondents in turn. Every delivery of a message is exactly the same call. */
export const writeInbound = (count: number, { apiUrl }: Stack): Event[] =>
  Array.from({ length: count }, (_, index) => {
    const written = correspondents[index % correspondents.length];
    if (!written) throw new Error('there are no correspondents');
    const { call, providerMessageId } = toLetter({ ...written, text: `No. ${index}` }, apiUrl);
    return {
      deliver: async () => (await postCall(call, 1))[0] ?? null,
      writes: { address: `${written.channel} ${written.from}`, providerMessageId },
    };
  });

const wordsOf: Readonly<Record<string, Readonly<Partial<Record<Rank, string>>>>> = {
  sms: { sent: 'sent', failed: 'undelivered', delivered: 'delivered' },
  whatsapp: { sent: 'sent', failed: 'failed', delivered: 'delivered', read: 'read' },
  facebook: { delivered: 'delivery' },
  email: {
    sent: 'email.sent',
    failed: 'email.bounced',
    delivered: 'email.delivered',
    read: 'email.opened',
  },
};

/** Some of the receipts that the vendor has words for, but at least one. */
const chooseRanks = (channel: string, random: Random): readonly Rank[] => {
  const known = ranks.filter((rank) => wordsOf[channel]?.[rank]);
  const chosen = known.filter(() => random.chance(0.6));
  return chosen.length > 0 ? chosen : known.slice(-1);
};

/** The vendors' receipts for the messages that they got. */
export const tellReceipts = (sent: readonly SentMessage[], random: Random, stack: Stack): Event[] =>
  sent.flatMap(({ channel, providerMessageId, ourMessageId }) =>
    chooseRanks(channel, random).map((status) => ({
      deliver: async () => {
        const word = wordsOf[channel]?.[status] ?? status;
        // The watermark is long ago, so a delivery says nothing about the others.
        const receipt = { providerMessageId, status: word, watermark: 1 };
        return (await stack.vendors.receipt(receipt)).status;
      },
      says: { messageId: ourMessageId ?? '', status },
    })),
  );

/** In an order that the seed decides. */
export const shuffle = <Item>(items: readonly Item[], random: Random): Item[] =>
  items
    .map((item) => ({ item, place: random.next() }))
    .toSorted((one, two) => one.place - two.place)
    .map(({ item }) => item);
