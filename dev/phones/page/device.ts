import type { PhoneMessage, Surroundings } from '../wire.ts';
import type { ChannelInfo } from './channels.ts';
import { element, icon } from './dom.ts';
import { shownMessages } from './limits.ts';
import type { OpenTrace } from './message-view.ts';
import { createReplyBox, replySubject } from './reply-box.ts';
import { createThread } from './thread.ts';

const back = 'M15 5l-7 7 7 7';
const battery = 'M3 8h15v8H3zM21 11v2M5.5 10.5h8v3h-8z';
const signal = 'M5 18v-3M10 18v-6M15 18V9M20 18V6';

const troubles = { down: 'is down', slow: 'is slow', hang: 'hangs', refuse: 'refuses' } as const;

const statusBar = (): HTMLElement =>
  element(
    'div',
    { class: 'bar', 'aria-hidden': 'true' },
    element('span', {}, '9:41'),
    element('span', { class: 'glyphs' }, icon(signal), icon(battery)),
  );

const appHeader = (): HTMLElement =>
  element(
    'div',
    { class: 'app-head' },
    icon(back),
    element('span', { class: 'face', 'aria-hidden': 'true' }, 'A'),
    element('span', { class: 'who' }, element('b', {}, 'Acme Dental'), element('small', {})),
  );

export type Device = {
  readonly node: HTMLElement;
  show(messages: readonly PhoneMessage[]): void;
  surround(surroundings: Surroundings): void;
  /** How many messages the page has, on all phones. */
  countAll(messages: number): void;
};

const emptyWords = (messages: number): string =>
  messages < shownMessages
    ? 'Nothing here yet. Send something, or write as Jane.'
    : `None of the last ${shownMessages} messages is here.`;

/** One channel as the contact sees it. */
export const createDevice = (info: ChannelInfo, open: OpenTrace): Device => {
  const { channel, name, provider, address, host } = info;
  let subject: string | null = null;
  const thread = createThread(`Messages on ${name}`, open);
  thread.explainEmpty(emptyWords(0));
  const notice = element('p', { class: 'notice', hidden: true });
  const trouble = element('span', { class: 'trouble', hidden: true });
  const title = element('h3', { id: `phone-${channel}-title` }, name);
  const caption = element('p', { class: 'caption' }, `${address} · ${provider}`, trouble);
  const screen = element(
    'div',
    { class: 'screen' },
    statusBar(),
    appHeader(),
    thread.node,
    notice,
    createReplyBox(info, () => replySubject(subject)),
  );
  const node = element(
    'section',
    { class: `device ${channel}`, id: `phone-${channel}`, 'aria-labelledby': title.id },
    element('div', { class: 'device-head' }, title, caption),
    element('div', { class: 'case' }, screen),
  );
  return {
    node,
    show: (messages) => {
      subject = messages.findLast((message) => message.subject)?.subject ?? subject;
      thread.show(messages);
    },
    countAll: (messages) => thread.explainEmpty(emptyWords(messages)),
    surround: ({ optedOut, faults }) => {
      const stopped = optedOut.includes(channel);
      notice.hidden = !stopped;
      notice.textContent = stopped ? 'Jane opted out: sends are refused. START opts in again.' : '';
      const fault = faults.find(({ target }) => target === host);
      trouble.hidden = !fault;
      trouble.textContent = fault ? troubles[fault.kind] : '';
    },
  };
};
