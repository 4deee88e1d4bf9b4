import type { InboundInput } from '../../vendors/inbound-schema.ts';
import { createMarker } from '../doubles.ts';

/** Numbers that no send has. */
const firstNumber = 900_000;

export type Written = {
  readonly marker: string;
  /** Who wrote it: of two spellings of a number, one. */
  readonly person: string;
  /** There is nothing in it that an agent could answer. */
  readonly isMute: boolean;
  readonly message: InboundInput;
};

const photo = { kind: 'image', mimeType: 'image/jpeg' } as const;
const twoHours = 2 * 3_600_000;

// A Brazilian mobile number is dialled with a nine, and known to WhatsApp with it or without.
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
    from: `+1555${2_000_000 + index}`,
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
  (index, text) => ({
    channel: 'sms',
    from: `+1555${2_000_000 + index}`,
    text,
    attachments: [photo],
  }),
];

/** The letter with that number: each kind in its turn, from somebody who wrote nothing before. */
export const writeLetter = (index: number): Written => {
  const marker = createMarker(firstNumber + index);
  const kind = index % kinds.length;
  const message = kinds[kind]?.(index, `Please tell me about ${marker}.`);
  if (!message) throw new Error(`There is no kind ${kind}.`);
  const isMute = message.what !== undefined;
  const person = `${kind === 7 ? index - 1 : index}`;
  return { marker, person, isMute, message: { ...message, times: 2, untilTaken: true } };
};
