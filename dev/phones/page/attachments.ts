import type { PhoneMessage } from '../wire.ts';
import { element, icon } from './dom.ts';

type Attachment = PhoneMessage['attachments'][number];

const picture = 'M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15 9.5v.01';
const film = 'M4 6h11v12H4zM15 10.5l5-3v9l-5-3';
const wave = 'M4 10v4M8 7v10M12 4v16M16 8v8M20 10.5v3';
const sheet = 'M6 3h8l4 4v14H6zM14 3v4h4';
const pin = 'M12 21s-6.5-5.6-6.5-11a6.5 6.5 0 0 1 13 0c0 5.4-6.5 11-6.5 11zM12 10v.01';
const person =
  'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5c1-4 4-5.5 7.5-5.5s6.500 1.500 7.500 5.500';
const smile =
  'M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0zM9 10v.01M15 10v.01M8.500 14.500c1.800 2 5.200 2 7 0';

type Look = { readonly word: string; readonly path: string };

/** By the vendors' words for the kind. */
const looks: Readonly<Record<string, Look>> = {
  image: { word: 'Photo', path: picture },
  video: { word: 'Video', path: film },
  audio: { word: 'Audio', path: wave },
  voice: { word: 'Voice message', path: wave },
  document: { word: 'File', path: sheet },
  file: { word: 'File', path: sheet },
  sticker: { word: 'Sticker', path: smile },
  location: { word: 'Location', path: pin },
  contact: { word: 'Contact card', path: person },
  contacts: { word: 'Contact card', path: person },
};

const view = ({ kind, name }: Attachment): HTMLElement => {
  const { word, path } = looks[kind] ?? { word: kind.replaceAll('_', ' '), path: sheet };
  return element(
    'li',
    { 'data-kind': kind },
    icon(path),
    element('b', {}, word),
    name === null ? null : element('span', { dir: 'auto' }, name),
  );
};

/** Files and other things beside the words. The files themselves stay with the vendor. */
export const viewAttachments = (attachments: readonly Attachment[]): HTMLElement | null =>
  attachments.length === 0
    ? null
    : element('ul', { class: 'attachments' }, ...attachments.map(view));
