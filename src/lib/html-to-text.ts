import { cleanText } from './clean-text.ts';
import { entityCodes } from './html-entities.ts';

const hidden = new Set(['style', 'script', 'title', '!--']);
const ends = /^(?:br|\/(?:p|div|tr|li|h[1-6]|blockquote|ul|ol|table))$/;

// Browsers read these numbers as Windows characters.
const windows = new TextDecoder('windows-1252');

const fromCode = (code: number): string =>
  code >= 0x80 && code < 0xa0 ? windows.decode(Uint8Array.of(code)) : String.fromCodePoint(code);

const decodeEntity = (whole: string, name: string): string => {
  if (!name.startsWith('#')) {
    const code = entityCodes.get(name) ?? entityCodes.get(name.toLowerCase());
    return code === undefined ? whole : fromCode(code);
  }
  const code = Number(name.replace(/^#x/i, '0x').replace('#', ''));
  return code <= 0x10_ffff ? fromCode(code) : whole;
};

// A comment may contain anything, even whole elements.
const endOfTag = (piece: string, inside: string | null): number => {
  const isComment = inside === '!--' || (inside === null && piece.startsWith('!--'));
  return isComment ? piece.indexOf('-->') : piece.indexOf('>');
};

/**
 * The text that a person would read in an HTML email. For an agent to read, not to be shown as HTML. Goes through the
 * tags one by one, because regular expressions over a stranger's HTML can be made to take minutes.
 */
export const htmlToText = (html: string): string => {
  let text = '';
  let inside: string | null = null;
  for (const piece of `>${html}`.split('<')) {
    const end = endOfTag(piece, inside);
    const name = /^(?:!--|\/?[a-z]+[1-6]?)/i.exec(piece)?.[0].toLowerCase() ?? '';
    if (inside === null && hidden.has(name)) inside = name;
    if (inside !== null && (inside === '!--' ? end < 0 : name !== `/${inside}`)) continue;
    const isTag = end >= 0 && (inside === '!--' || /^[a-z/!?>]/i.test(piece));
    const words = isTag ? piece.slice(end + (inside === '!--' ? 3 : 1)) : `<${piece}`;
    text += (inside === null && ends.test(name) ? '\n' : '') + words.replace(/\s+/g, ' ');
    inside = null;
  }
  return cleanText(text.replace(/&(#\d{1,7}|#x[\da-f]{1,6}|[a-z][a-z\d]{1,7});/gi, decodeEntity))
    .replaceAll('\u00ad', '')
    .replace(/[^\S\n]+/g, ' ')
    .replace(/ ?\n ?/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
};
