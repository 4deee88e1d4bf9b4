import type { PhoneMessage } from '../wire.ts';
import { infoOf } from './channels.ts';
import { hasArrived } from './statuses.ts';
import type { Store } from './store.ts';

const pauseMs = 1000;

const toWords = (message: PhoneMessage): string => {
  const { name } = infoOf(message.channel);
  const text = message.text ?? '';
  return message.from === 'contact' ? `Jane wrote on ${name}: ${text}` : `${name} to Jane: ${text}`;
};

/** Tells screen readers what has arrived, once, and what failed; not each step on the way. */
export const announceArrivals = (store: Store, region: HTMLElement): void => {
  const told = new Set<string>();
  let waiting: string[] = [];
  const flush = () => {
    region.textContent = waiting.join('. ');
    waiting = [];
  };
  store.onMessages((changed, first) => {
    const arrived = changed.filter((message) => hasArrived(message) && !told.has(message.id));
    for (const message of arrived) told.add(message.id);
    if (first || arrived.length === 0) return;
    if (waiting.length === 0) setTimeout(flush, pauseMs);
    waiting.push(...arrived.map(toWords));
  });
};
