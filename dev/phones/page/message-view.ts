import type { PhoneMessage } from '../wire.ts';
import { viewAttachments } from './attachments.ts';
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
    // The arrow keys move to it: see thread.ts.
    { type: 'button', class: 'status', tabindex: '-1', title: `${means} Open the trace.` },
    clockTime(message.createdAt),
    icon(path),
    element('span', { class: 'word' }, stateInWords(message)),
    trace,
  );
  button.addEventListener('click', () => open(message.id));
  return button;
};

/** The phone's words for a message without any; null if there is something else to see. */
const missing = ({ from, status, withdrawn, attachments }: PhoneMessage): string | null => {
  if (withdrawn) return 'Jane deleted this message';
  if (attachments.length > 0) return null;
  if (from === 'contact') return 'No text';
  return status === 'failed' ? 'Nothing was written.' : 'Not written.';
};

/** The words. Placeholders, which the writer did not write, stand apart. */
const viewText = (message: PhoneMessage, name: string): HTMLElement | null => {
  const words = message.withdrawn ? null : message.text;
  const shown = words ?? missing(message);
  const isOwn = words !== null && !message.isPlaceholder;
  return shown === null
    ? null
    : element('p', { class: isOwn ? name : `${name} aside`, dir: 'auto' }, shown);
};

const viewNote = ({ corrected, withdrawn, isEcho, channel }: PhoneMessage): HTMLElement | null => {
  if (isEcho) {
    return element('p', { class: 'note' }, `Written in ${infoOf(channel).name} by a person`);
  }
  return corrected && !withdrawn ? element('p', { class: 'note' }, 'Edited') : null;
};

const textBubble = (message: PhoneMessage): HTMLElement =>
  element(
    'div',
    { class: 'bubble' },
    viewAttachments(message.attachments),
    viewText(message, 'words'),
    viewNote(message),
  );

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
    viewText(message, 'letter'),
    viewAttachments(message.attachments),
  );
};

const bubbleOf = (message: PhoneMessage): HTMLElement => {
  if (isTyping(message)) return typing();
  return message.channel === 'email' ? mail(message) : textBubble(message);
};

/** One message as its phone shows it, with the API's status. */
export const viewMessage = (message: PhoneMessage, open: OpenTrace): HTMLLIElement => {
  const side = message.from === 'contact' ? 'mine' : 'theirs';
  const item = element('li', {
    class: `message ${side}`,
    'data-id': message.id,
    'data-status': message.status,
    'data-arrived': `${hasArrived(message)}`,
    'data-withdrawn': message.withdrawn,
  });
  const who = side === 'mine' ? 'Jane' : `Acme Dental, ${infoOf(message.channel).name}`;
  const bubble = bubbleOf(message);
  bubble.prepend(element('span', { class: 'hidden' }, `${who}: `));
  item.append(bubble);
  (message.channel === 'whatsapp' ? bubble : item).append(statusButton(message, open));
  return item;
};
