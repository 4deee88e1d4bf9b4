// All control characters except line feed and tab.
const controls = /[^\P{Cc}\n\t]/gu;

/** Removes what a database, a vendor or a phone cannot take: control characters, lone surrogates, CR LF. */
export const cleanText = (text: string) =>
  text.toWellFormed().replaceAll('\r\n', '\n').replaceAll('\r', '\n').replaceAll(controls, '');

/** True if a reader would see nothing: only blanks, and characters without a shape of their own. */
export const isInvisible = (text: string) => !/[\p{L}\p{N}\p{P}\p{S}]/u.test(text);
