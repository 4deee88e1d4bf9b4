// All control characters but line feed and tab.
const controls = /[^\P{Cc}\n\t]/gu;

/** The text without what a database, a vendor or a phone chokes on: control characters, lone surrogates, CR LF. */
export const cleanText = (text: string) =>
  text.toWellFormed().replaceAll('\r\n', '\n').replaceAll('\r', '\n').replaceAll(controls, '');

/** True when a reader would see nothing: only blanks, and characters without a shape of their own. */
export const isInvisible = (text: string) => !/[\p{L}\p{N}\p{P}\p{S}]/u.test(text);
