import type { Quotation } from '../../ports/storable-event.ts';

// An iPhone's English words, as seen in real texts. In other languages a reaction stays a text.
const verbs = [
  ...['Liked', 'Loved', 'Disliked', 'Laughed at', 'Emphasi[sz]ed', 'Questioned'],
  ...['Reacted .{1,40}? to', 'Removed .{1,40}? from'],
  ...['Le gust[óa]', 'Le encant[óa]', 'Le dio risa', 'Exclamó por', 'Dudó sobre'],
  ...['A aimé', 'Gefällt', 'Понравилось'],
  ...['Likte', 'Mislikte', 'Lo av', 'Satte .{1,30}? ved', 'Reagerte med .{1,30}? på'],
  ...['(?:Mis)?liker ikke lenger', 'Fjernet .{1,30}? fra'],
];

// Android's: an emoji and a short word, with invisible spaces around them.
const emoji =
  '(?:\\p{Extended_Pictographic}|\\p{RI}{2})[\\p{Emoji_Component}\\p{Extended_Pictographic}]*[\\s\\u200b]*\\p{L}{1,8}';

const space = '[\\s\\u200b]*';

const reaction = new RegExp(
  `^${space}(?:${[...verbs, emoji].join('|')})${space}[“"«„”]([^]*)[”"»“]${space}$`,
  'iu',
);

/** Characters. A shorter beginning of a quotation may be anybody's words. */
const shortestCut = 8;

/** The message that a text quotes after a word of reaction, as phones write it into an SMS; null if it is not one. */
export const readQuotation = (text: string): Quotation | null => {
  const quoted = reaction
    .exec(text)?.[1]
    ?.replace(/[\s\u200b]+/g, ' ')
    .trim();
  if (!quoted) return null;
  const cut = quoted.replace(/(?:…|\.{3})$/, '').trimEnd();
  if (cut === quoted) return { text: quoted, whole: true };
  return cut.length < shortestCut ? null : { text: cut, whole: false };
};
