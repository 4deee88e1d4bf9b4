import type { PhoneMessage } from '../wire.ts';
import { element } from './dom.ts';
import { type OpenTrace, viewMessage } from './message-view.ts';

const nearEndPx = 80;

export type Thread = {
  readonly node: HTMLElement;
  show(messages: readonly PhoneMessage[]): void;
};

const isNearEnd = ({ scrollHeight, scrollTop, clientHeight }: HTMLElement): boolean =>
  scrollHeight - scrollTop - clientHeight < nearEndPx;

/** A status that has the focus keeps it when it changes. */
const replace = (old: HTMLElement, next: HTMLElement): void => {
  const hadFocus = old.contains(document.activeElement);
  next.classList.add('seen');
  old.replaceWith(next);
  if (hadFocus) next.querySelector('button')?.focus({ preventScroll: true });
};

/** The messages of one phone; it stays at its end unless somebody reads further up. */
export const createThread = (label: string, empty: string, open: OpenTrace): Thread => {
  const list = element('ol', {});
  const hint = element('p', { class: 'empty' }, empty);
  const node = element(
    'div',
    { class: 'thread', role: 'log', 'aria-live': 'off', 'aria-label': label, tabindex: '0' },
    hint,
    list,
  );
  const items = new Map<string, HTMLElement>();
  let following = true;
  const toEnd = () => {
    if (following) node.scrollTop = node.scrollHeight;
  };
  node.addEventListener('scroll', () => {
    if (node.clientHeight > 0) following = isNearEnd(node);
  });
  // Also when the phone comes into view, or the window changes.
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
    show: (messages) => {
      for (const message of messages) showOne(message);
      hint.hidden = items.size > 0;
      toEnd();
    },
  };
};
