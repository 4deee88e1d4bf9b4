import type { MessageStatus } from '../../../src/ports/message.ts';
import type { PhoneMessage } from '../wire.ts';

const check = 'M4 12.5l5 5L20 6.5';
const twoChecks = 'M1.5 13l4.5 4.5L15 7M10 16l1.8 1.5L22 7';
const clock = 'M12 7v5l3.5 2M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z';
const cross = 'M12 7v6M12 16.6v.4M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z';
const question =
  'M9.2 9.3a2.9 2.9 0 1 1 4.2 2.6c-.9.5-1.4 1-1.4 2M12 16.8v.2M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z';
const pencil = 'M4 20l1-4L16.5 4.5l3 3L8 19z';

type Look = { readonly word: string; readonly path: string; readonly means: string };

const looks = {
  received: { word: 'Received', path: check, means: 'The API has it from the vendor’s webhook.' },
  queued: { word: 'Queued', path: clock, means: 'Stored; it is sent when its time comes.' },
  composing: { word: 'Writing', path: pencil, means: 'The agent is writing it.' },
  sending: { word: 'Sending', path: clock, means: 'The provider is being asked.' },
  sent: { word: 'Sent', path: check, means: 'The provider took it.' },
  delivered: { word: 'Delivered', path: twoChecks, means: 'It reached the phone.' },
  read: { word: 'Read', path: twoChecks, means: 'The contact has seen it.' },
  failed: {
    word: 'Failed',
    path: cross,
    means: 'It was not delivered, and the caller was told so.',
  },
  unknown: {
    word: 'Unknown',
    path: question,
    means: 'The provider was asked and gave no usable answer. It is not asked again.',
  },
  superseded: {
    word: 'Overtaken',
    path: cross,
    means: 'The agent’s answer was dropped: somebody wrote meanwhile.',
  },
} as const satisfies Record<MessageStatus, Look>;

const known = new Map<string, Look>(Object.entries(looks));

export const lookOf = (status: string): Look =>
  known.get(status) ?? { word: status, path: question, means: '' };

const accepted = new Set(['sent', 'delivered', 'read']);

/** Whether the contact has it, even if the API does not know. */
export const hasArrived = ({ from, arrivals, status }: PhoneMessage): boolean =>
  from === 'contact' || arrivals > 0 || accepted.has(status);

/** Where the phone shows something else than the API knows. */
const noteOf = (message: PhoneMessage): string | null => {
  if (message.arrivals > 1) return `arrived ${message.arrivals} times`;
  if (message.status === 'unknown') return hasArrived(message) ? 'but Jane has it' : null;
  return message.status === 'failed' ? 'nothing arrived' : null;
};

export const stateInWords = (message: PhoneMessage): string => {
  const { word } = lookOf(message.status);
  const note = noteOf(message);
  return note === null ? word : `${word}, ${note}`;
};

/** Whether the contact sees somebody typing. */
export const isTyping = ({ from, text, status }: PhoneMessage): boolean =>
  from === 'agent' && text === null && ['queued', 'composing'].includes(status);
