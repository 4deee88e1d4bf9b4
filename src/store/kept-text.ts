/** Characters of somebody's text: more than any channel takes, and than any agent reads. */
const longestText = 65_536;

// Never cuts a pair of surrogates in half.
export const cutTo = (longest: number, text: string): string =>
  text.slice(0, longest).replace(/[\ud800-\udbff]$/, '');

/** The part of a text that is stored. */
export const cutText = (text: string): string => cutTo(longestText, text);

/** The length of a whole text, where only a part of it is stored. */
export const cutLength = (text: string): { readonly text_length?: number } =>
  text.length > longestText ? { text_length: text.length } : {};
