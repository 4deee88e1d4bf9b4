/** A problem and its remedy. Neither holds a secret. */
export type Advice = { readonly found: string; readonly remedy: string };

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

// Only one colon, because a sentence has one at most.
const toSentence = ({ found, remedy }: Advice): string =>
  found.includes(': ') ? `${found}. ${remedy}` : `${found}: ${lowerFirst(remedy)}`;

/** An error that keeps problem and remedy apart, because a sentence cannot be split safely. */
export const createAdvice = (advice: Advice): Error =>
  Object.assign(new Error(toSentence(advice)), advice);

/** Null: the error is not one of these. */
export const readAdvice = (error: unknown): Advice | null => {
  if (!(error instanceof Error && 'found' in error && 'remedy' in error)) return null;
  const { found, remedy } = error;
  return typeof found === 'string' && typeof remedy === 'string' ? { found, remedy } : null;
};
