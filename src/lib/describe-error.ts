import { redact } from './redact.ts';

/** Describes an error for a log: its names, its places in the code, and its redacted message. */
export const describeError = (error: unknown): string => {
  if (!(error instanceof Error)) return typeof error;
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const cause = error.cause === undefined ? '' : ` caused by ${describeError(error.cause)}`;
  return `${error.name}: ${redact(error.message)} ${frames.slice(0, 4).join(' ').trim()}${cause}`;
};
