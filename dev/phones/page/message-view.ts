import type { PhoneMessage } from '../wire.ts';
import { infoOf } from './channels.ts';
import { element, icon } from './dom.ts';
import { hasArrived, isTyping, lookOf, stateInWords } from './statuses.ts';
import { clockTime } from './times.ts';

export type OpenTrace = (id: string) => void;

const typing = (): HTMLElement =>
  element(
    'div',
    { class: 'bubble typing' },
    element('span', { class: 'hidden' }, 'The agent is writing'),
    ...['', '', ''].map(() => element('i', { 'aria-hidden': 'true' })),
  );

const statusButton = (message: PhoneMessage, open: OpenTrace): HTMLButtonElement => {
  const { path, means } = lookOf(message.status);
  const trace = element(
    'span',
    { class: 'hidden' },
    `. Trace: ${message.text ?? 'not written yet'}`,
  );
  const button = element(
    'button',
    { type: 'button', class: 'status', title: `${means} Open the trace.` },
    clockTime(message.createdAt),
    icon(path),
    element('span', { class: 'word' }, stateInWords(message)),
    trace,
  );
  button.addEventListener('click', () => open(message.id));
  return button;
};

const missing = (message: PhoneMessage): string =>
  message.status === 'failed' ? 'Nothing was written.' : 'Not written.';

const textBubble = ({ text }: PhoneMessage, otherwise: string): HTMLElement =>
  element('div', { class: 'bubble' }, element('p', { dir: 'auto' }, text ?? otherwise));

const mail = (message: PhoneMessage): HTMLElement => {
  const mine = message.from === 'contact';
  const [name, address] = mine
    ? ['Jane Doe', 'jane@example.com']
    : ['Acme Dental', 'hello@acme-dental.example'];
  return element(
    'div',
    { class: 'bubble mail' },
    element('p', { class: 'subject', dir: 'auto' }, message.subject || '(no subject)'),
    element(
      'div',
      { class: 'sender' },
      element('span', { class: 'face', 'aria-hidden': 'true' }, mine ? 'J' : 'A'),
      element('span', {}, element('b', {}, name), element('small', {}, address)),
    ),
    element('p', { class: 'letter', dir: 'auto' }, message.text ?? missing(message)),
  );
};

const bubbleOf = (message: PhoneMessage): HTMLElement => {
  if (isTyping(message)) return typing();
  return message.channel === 'email' ? mail(message) : textBubble(message, missing(message));
};

/** One message as its phone shows it, with what the API says of it. */
export const viewMessage = (message: PhoneMessage, open: OpenTrace): HTMLLIElement => {
  const side = message.from === 'contact' ? 'mine' : 'theirs';
  const item = element('li', {
    class: `message ${side}`,
    'data-id': message.id,
    'data-status': message.status,
    'data-arrived': `${hasArrived(message)}`,
  });
  const who = side === 'mine' ? 'Jane' : `Acme Dental, ${infoOf(message.channel).name}`;
  const bubble = bubbleOf(message);
  bubble.prepend(element('span', { class: 'hidden' }, `${who}: `));
  item.append(bubble);
  (message.channel === 'whatsapp' ? bubble : item).append(statusButton(message, open));
  return item;
};
