import type { PhoneMessage } from '../wire.ts';
import { infoOf } from './channels.ts';
import { hasArrived, stateInWords } from './statuses.ts';
import type { Store } from './store.ts';

const pauseMs = 1000;

type News = 'arrived' | 'failed' | 'unknown';

const newsOf = (message: PhoneMessage): News | null => {
  const { status } = message;
  if (status === 'failed' || status === 'unknown') return status;
  return hasArrived(message) ? 'arrived' : null;
};

const toWords = (message: PhoneMessage): string => {
  const { name } = infoOf(message.channel);
  const text = message.text ?? 'not written';
  if (message.from === 'contact') return `Jane wrote on ${name}: ${text}`;
  const sent = `${name} to Jane: ${text}`;
  return newsOf(message) === 'arrived' ? sent : `${sent}. ${stateInWords(message)}`;
};

/** Tells screen readers once what has arrived, what failed and what is unknown, but not each step on the way. */
export const announceArrivals = (store: Store, region: HTMLElement): void => {
  const told = new Set<string>();
  let waiting: string[] = [];
  const flush = () => {
    region.textContent = waiting.join('. ');
    waiting = [];
  };
  store.onMessages((changed, first) => {
    const isNew = (message: PhoneMessage): boolean => {
      const news = newsOf(message);
      return news !== null && !told.has(`${message.id} ${news}`);
    };
    const fresh = changed.filter(isNew);
    for (const message of fresh) told.add(`${message.id} ${newsOf(message)}`);
    if (first || fresh.length === 0) return;
    if (waiting.length === 0) setTimeout(flush, pauseMs);
    waiting.push(...fresh.map(toWords));
  });
};
