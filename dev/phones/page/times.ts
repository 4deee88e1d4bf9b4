import { element } from './dom.ts';

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' });

/** The time as phones show it, with the exact time in the title. */
export const clockTime = (iso: string): HTMLTimeElement => {
  const date = new Date(iso);
  return element('time', { datetime: iso, title: exact.format(date) }, clock.format(date));
};

const millisecondsBetween = (from: string, to: string): number => Date.parse(to) - Date.parse(from);

const inWords = (ms: number): string =>
  Math.abs(ms) < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;

export const duration = (from: string, to: string): string =>
  inWords(millisecondsBetween(from, to));

/** The time since the beginning, with the exact time in the title. */
export const timeAfter = (start: string, iso: string): HTMLTimeElement => {
  const words = `+${inWords(Math.max(0, millisecondsBetween(start, iso)))}`;
  return element('time', { datetime: iso, title: exact.format(new Date(iso)) }, words);
};
