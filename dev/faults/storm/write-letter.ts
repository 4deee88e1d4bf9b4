import type { InboundInput } from '../../vendors/inbound-schema.ts';
import { createMarker } from '../doubles.ts';

/** A range of numbers that no send uses. */
const firstNumber = 900_000;

export type Written = {
  /** The person who wrote it. Two spellings of a number are one person. */
  readonly person: string;
  /** It holds nothing that an agent could reply to. */
  readonly isMute: boolean;
  /** The same person wrote something newer, in whatever order the vendor calls. */
  readonly isOlder: boolean;
  readonly message: InboundInput;
};

const photo = { kind: 'image', mimeType: 'image/jpeg' } as const;
const twoHours = 2 * 3_600_000;

// A Brazilian mobile number is dialled with a 9; WhatsApp's id may lack it.
const brazilian = (person: number, nine: '9' | ''): string => `+5511${nine}${80_000_000 + person}`;

const kinds: readonly ((index: number, text: string) => InboundInput)[] = [
  (index, text) => ({ channel: 'sms', from: `+1555${2_000_000 + index}`, text }),
  (index, text) => ({ channel: 'whatsapp', from: `+1555${2_000_000 + index}`, text }),
  (index, text) => ({
    channel: 'email',
    from: `writer${index}@example.org`,
    subject: 'A question',
    text,
  }),
  (index, text) => ({
    channel: 'whatsapp',
    from: `+1555${2_000_000 + index}`,
    text,
    attachments: [photo],
  }),
  (index) => ({
    channel: 'whatsapp',
    from: `+1555${2_000_000 + index}`,
    what: { type: 'unknown', word: index % 20 === 4 ? 'unsupported' : 'poll' },
  }),
  (index, text) => ({
    channel: 'whatsapp',
    from: `+1555${2_000_000 + index - 4}`,
    text,
    at: new Date(Date.now() - twoHours).toISOString(),
  }),
  (index, text) => ({ channel: 'whatsapp', from: brazilian(index, '9'), text }),
  (index, text) => ({ channel: 'whatsapp', from: brazilian(index - 1, ''), text }),
  (index) => ({
    channel: 'facebook',
    from: `7300000000${100_000 + index}`,
    what: { type: 'sticker' },
  }),
  (index) => ({ channel: 'sms', from: `+1555${2_000_000 + index}`, attachments: [photo] }),
];

/** For a kind that follows another one of the same writer: how many letters before this one that was. */
const sameWriter: Readonly<Record<number, number>> = { 5: 4, 7: 1 };

/** The letter with that number. The kinds take turns. */
export const writeLetter = (index: number): Written => {
  const kind = index % kinds.length;
  const message = kinds[kind]?.(
    index,
    `Please tell me about ${createMarker(firstNumber + index)}.`,
  );
  if (!message) throw new Error(`There is no kind ${kind}.`);
  const isMute = message.what !== undefined;
  const person = `${index - (sameWriter[kind] ?? 0)}`;
  const isOlder = kind === 5;
  return { person, isMute, isOlder, message: { ...message, times: 2, untilTaken: true } };
};
