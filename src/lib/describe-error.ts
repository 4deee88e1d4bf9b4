import { redact } from './redact.ts';

/** What a log tells of an error: its names, its places, and its words redacted. */
export const describeError = (error: unknown): string => {
  if (!(error instanceof Error)) return typeof error;
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const cause = error.cause === undefined ? '' : ` caused by ${describeError(error.cause)}`;
  return `${error.name}: ${redact(error.message)} ${frames.slice(0, 4).join(' ').trim()}${cause}`;
};
