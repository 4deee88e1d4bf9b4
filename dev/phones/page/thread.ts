import type { PhoneMessage } from '../wire.ts';
import { element } from './dom.ts';
import { type OpenTrace, viewMessage } from './message-view.ts';

const nearEndPx = 80;

export type Thread = {
  readonly node: HTMLElement;
  show(messages: readonly PhoneMessage[]): void;
  /** Shown in a thread without messages. */
  explainEmpty(words: string): void;
};

const isNearEnd = ({ scrollHeight, scrollTop, clientHeight }: HTMLElement): boolean =>
  scrollHeight - scrollTop - clientHeight < nearEndPx;

/** A status that changes keeps the focus. */
const replace = (old: HTMLElement, next: HTMLElement): void => {
  const hadFocus = old.contains(document.activeElement);
  next.classList.add('seen');
  old.replaceWith(next);
  if (hadFocus) next.querySelector('button')?.focus({ preventScroll: true });
};

const keys: Readonly<Record<string, (index: number, last: number) => number>> = {
  ArrowUp: (index, last) => (index < 0 ? last : Math.max(0, index - 1)),
  ArrowDown: (index, last) => (index < 0 ? last : Math.min(last, index + 1)),
  Home: () => 0,
  End: (_, last) => last,
};

/** One stop for the Tab key, however many messages there are. Inside, the arrow keys go from status to status. */
const moveByKeys = (node: HTMLElement): void =>
  node.addEventListener('keydown', (event) => {
    const statuses = [...node.querySelectorAll<HTMLElement>('.status')];
    const current = statuses.findIndex((status) => status.matches(':focus'));
    const move = event.altKey || event.ctrlKey || event.metaKey ? undefined : keys[event.key];
    const next = statuses[move?.(current, statuses.length - 1) ?? -1];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });

/** The messages of one phone. It stays at the end unless somebody scrolls up. */
export const createThread = (label: string, open: OpenTrace): Thread => {
  const list = element('ol', {});
  const hint = element('p', { class: 'empty' });
  const node = element(
    'div',
    {
      class: 'thread',
      role: 'log',
      'aria-live': 'off',
      'aria-label': label,
      'aria-description': 'The arrow keys go through the messages; Enter opens a trace.',
      tabindex: '0',
    },
    hint,
    list,
  );
  moveByKeys(node);
  const items = new Map<string, HTMLElement>();
  let following = true;
  const toEnd = () => {
    if (following) node.scrollTop = node.scrollHeight;
  };
  node.addEventListener('scroll', () => {
    if (node.clientHeight > 0) following = isNearEnd(node);
  });
  // Also runs when the phone becomes visible, or when the window changes.
  new ResizeObserver(toEnd).observe(node);
  const showOne = (message: PhoneMessage) => {
    const item = viewMessage(message, open);
    const old = items.get(message.id);
    if (old) replace(old, item);
    else list.append(item);
    items.set(message.id, item);
  };
  return {
    node,
    explainEmpty: (words) => {
      hint.textContent = words;
    },
    show: (messages) => {
      for (const message of messages) showOne(message);
      hint.hidden = items.size > 0;
      toEnd();
    },
  };
};
