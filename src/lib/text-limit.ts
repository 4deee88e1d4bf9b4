import type { TextLimit } from '../ports/channel.ts';

/** A cut at a sentence or word end must leave at least this part of what fits. */
const leastKept = 0.5;

const byteLength = (text: string) => new TextEncoder().encode(text).length;

/** The length of a text in UTF-16 code units or in UTF-8 bytes. */
export const measure = (text: string, unit: TextLimit['unit']) =>
  unit === 'bytes' ? byteLength(text) : text.length;

export const fits = (text: string, limit: TextLimit) => measure(text, limit.unit) <= limit.max;

/**
 * The text itself, or as much of its beginning as fits: up to the end of a sentence if one comes late enough, else of a
 * word, else of a grapheme. Empty only if not even the first grapheme fits. Lone surrogates become U+FFFD.
 */
export const cutToLimit = (text: string, limit: TextLimit): string => {
  const whole = text.toWellFormed();
  if (fits(whole, limit)) return whole;
  const trimmed = whole.trim() || whole;
  if (fits(trimmed, limit)) return trimmed;
  return trimmed.slice(0, bestEnd(trimmed, graphemeEnds(trimmed, limit)));
};

const bestEnd = (text: string, ends: readonly number[]): number => {
  const longest = ends.at(-1) ?? 0;
  const late = ends.filter((end) => end >= longest * leastKept);
  return (
    lastShared(late, segmentEnds(text, 'sentence', longest)) ??
    late.findLast((end) => isBlank(text.charAt(end))) ??
    lastShared(late, segmentEnds(text, 'word', longest)) ??
    longest
  );
};

/** The offsets that leave whole graphemes, no blank at the end, and a text that fits. */
const graphemeEnds = (text: string, limit: TextLimit): number[] => {
  const all: number[] = [];
  let used = 0;
  for (const { index, segment } of segmentsOf(text, 'grapheme')) {
    used += measure(segment, limit.unit);
    if (used > limit.max) break;
    all.push(index + segment.length);
  }
  const visible = all.filter((end) => !isBlank(text.charAt(end - 1)));
  return visible.length > 0 ? visible : all;
};

/** The ends of sentences or words up to an offset, without the blanks after them. */
const segmentEnds = (
  text: string,
  granularity: 'sentence' | 'word',
  upTo: number,
): ReadonlySet<number> => {
  const ends = new Set<number>();
  for (const { index, segment } of segmentsOf(text, granularity)) {
    if (index > upTo) break;
    ends.add(index + segment.trimEnd().length);
  }
  return ends;
};

// The rules do not depend on the language. A fixed one gives the same result on every host.
const segmentsOf = (text: string, granularity: 'grapheme' | 'word' | 'sentence') =>
  new Intl.Segmenter('en', { granularity }).segment(text);

const lastShared = (ends: readonly number[], among: ReadonlySet<number>) =>
  ends.findLast((end) => among.has(end));

const isBlank = (character: string) => /^\s$/.test(character);
