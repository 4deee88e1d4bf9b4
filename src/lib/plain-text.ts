import type { Channel } from '../ports/channel.ts';

const address = String.raw`(?:https?:\/\/|mailto:|tel:)(?:[^\s<>()]|\([^\s<>()]*\))+`;
const link = new RegExp(String.raw`!?\[([^[\]\n]*)\]\(<?(${address})>?(?:\s+"[^"\n]*")?\)`, 'gi');
const bracketedAddress = new RegExp(`<(${address})>`, 'gi');

const fenced = '^[ \\t]*```[^\\n`]*\\n((?:(?!```)[^])*)```[ \\t]*$';
// Stay as they are: code (without its fences or ticks), and URLs (without markup or punctuation after them).
const kept = new RegExp(`${fenced}|\`([^\`\\n]+)\`|${address}(?<![*_~.,;:!?])`, 'gim');
const placeholder = '\0';
const loneFence = /^[ \t]*```[^\n`\0]*\n?/gm;

const heading = /^[ \t]*#{1,6}[ \t]+(\S.*)$/gm;
const bullet = /^([ \t]*)\*[ \t]+(?=\S)/gm;
const struck = /~~(?=\S)([^~\n]+)(?<=\S)~~/g;

// A marker counts only at the edge of words: `2*3*4`, `snake_case` and `*123*#` are ordinary text.
const opens = String.raw`(?<=^|[\s("'“‘«¿¡—–[])`;
const closes = String.raw`(?=$|[\s)"'”’»\].,;:!?…—–-])`;
const strongStars = /(?<![a-zA-Z0-9*])(\*{2,3})(?=\S)([^*\n]+)(?<=\S)\1(?!\*)/g;
const strongLines = new RegExp(`${opens}(_{2,3})(?=\\S)([^_\\n]+)(?<=\\S)\\1${closes}`, 'gm');
const emphasis = (marker: '*' | '_') => {
  const inside = `[^${marker}\\n]`;
  return new RegExp(
    `${opens}[${marker}](?=\\S)(?=${inside}*?[\\p{L}\\0])(${inside}+)(?<=\\S)[${marker}]${closes}`,
    'gmu',
  );
};
const starEmphasis = emphasis('*');
const lineEmphasis = emphasis('_');

// A heading may end with as many marks as it began with: `## Prices ##`.
const withoutClosing = (title: string): string => {
  const trimmed = title.trimEnd();
  const open = trimmed.replace(/#{1,6}$/, '');
  return open !== trimmed && /[ \t]$/.test(open) ? open.trimEnd() : trimmed;
};

/** Removes markdown for a channel that shows it raw. WhatsApp's own `*bold*` and `_italic_` stay for WhatsApp. */
export const toPlainText = (text: string, channel: Channel): string => {
  const keptParts: string[] = [];
  const masked = text
    .replaceAll(placeholder, '')
    .replaceAll(link, (_, label: string, target: string) => linkInWords(label, target))
    .replaceAll(bracketedAddress, '$1')
    .replaceAll(kept, (whole, block?: string, code?: string) => {
      keptParts.push(block?.trimEnd() ?? code ?? whole);
      return placeholder;
    })
    .replaceAll(loneFence, '')
    .replaceAll(heading, (_, title: string) => withoutClosing(title))
    .replaceAll(bullet, '$1- ');
  const plain = channel === 'whatsapp' ? toWhatsAppMarkup(masked) : withoutMarkup(masked);
  // shift() would move all other items.
  let at = 0;
  return plain.replaceAll(placeholder, () => keptParts[at++] ?? '');
};

const linkInWords = (label: string, target: string): string => {
  const shown = target.replace(/^(mailto|tel):/i, '');
  const said = label.trim();
  const saysTheSame = said === '' || said === shown || `https://${said}` === shown;
  return saysTheSame ? shown : `${said} (${shown})`;
};

const toWhatsAppMarkup = (text: string) =>
  text.replaceAll(struck, '~$1~').replaceAll(strongStars, '*$2*').replaceAll(strongLines, '*$2*');

// Twice, for bold inside italic and italic inside bold.
const withoutMarkup = (text: string) => unwrap(unwrap(text.replaceAll(struck, '$1')));

const unwrap = (text: string) =>
  text
    .replaceAll(strongStars, '$2')
    .replaceAll(strongLines, '$2')
    .replaceAll(starEmphasis, '$1')
    .replaceAll(lineEmphasis, '$1');
