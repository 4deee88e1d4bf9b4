/** Characters. Vendors shorten what they quote, so a beginning of this length counts as the whole text. */
const shortestBeginning = 20;

/**
 * For each position in the words, how much of the text's beginning stands there. Uses the Z function, which takes
 * linear time; comparing at each position would take quadratic time for "aaaa…".
 */
const measureMatches = (words: string, text: string): Uint32Array => {
  // Cleaned text has no NUL, so no match runs past its end.
  const joined = `${text.slice(0, words.length)}\0${words}`;
  const lengths = new Uint32Array(joined.length);
  let [left, right] = [0, 0];
  for (let at = 1; at < joined.length; at += 1) {
    let length = at < right ? Math.min(right - at, lengths[at - left] ?? 0) : 0;
    while (at + length < joined.length && joined[length] === joined[at + length]) length += 1;
    lengths[at] = length;
    if (at + length > right) [left, right] = [at, at + length];
  }
  return lengths.subarray(joined.length - words.length);
};

/** Replaces the text, and any beginning of it that is long enough to identify it. Both must be cleaned: see `cleanText`. */
export const replaceQuotes = (words: string, text: string, replacement: string): string => {
  if (text === '') return words;
  const lengths = measureMatches(words, text);
  const shortest = Math.min(text.length, shortestBeginning);
  const parts: string[] = [];
  let kept = 0;
  for (let at = 0; at < words.length; at += 1) {
    const length = lengths[at] ?? 0;
    if (length < shortest) continue;
    parts.push(words.slice(kept, at));
    kept = at + length;
    at = kept - 1;
  }
  return [...parts, words.slice(kept)].join(replacement);
};
