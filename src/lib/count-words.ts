/** Counts equal words: `stored=2 known=1`. */
export const countWords = (words: readonly string[]): string => {
  const counts = new Map<string, number>();
  for (const each of words) counts.set(each, (counts.get(each) ?? 0) + 1);
  return [...counts].map(([each, times]) => `${each}=${times}`).join(' ');
};
