// 3GPP TS 23.038, the basic alphabet and its extension. An SMS holds 160 of these characters, or 70 of any others.
const gsm =
  /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà^{}\\[~\]|€]*$/;

const lookAlikes = new Map<string, string>();
const standIn = (characters: string, replacement: string) => {
  for (const character of characters) lookAlikes.set(character, replacement);
};
standIn('’‘‚‛′`´ʼʹ‹›', "'");
standIn('“”„‟″«»', '"');
standIn('‐‑‒–—―−•‣⁃▪◦·●∙', '-');
standIn(
  '\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t',
  ' ',
);
standIn('\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff', '');
standIn('\u2028\u2029', '\n');
lookAlikes.set('…', '...');
lookAlikes.set('×', 'x');

/**
 * Replaces typographic signs by look-alikes if that makes the whole text a plain SMS; otherwise returns the text as it
 * is. A single other sign would make each part hold less than half as much.
 */
export const toGsmText = (text: string): string => {
  const plain = Array.from(text.normalize('NFC'), (sign) => lookAlikes.get(sign) ?? sign).join('');
  return gsm.test(plain) ? plain : text;
};
