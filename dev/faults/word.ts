import { z } from 'zod';
import { retryWords } from '../../src/errors.ts';

/** A client's knowledge of its message after a response. */
export type Word =
  /** 200, or a report that the message was sent. */
  | { readonly type: 'sent'; readonly text: string | null }
  /** 202, or a report that the message is under way. */
  | { readonly type: 'pending' }
  /** 409: another request with the key is under way. */
  | { readonly type: 'in_progress' }
  | { readonly type: 'failed'; readonly retry: 'safe' | 'never'; readonly code: string }
  /** `check`: it may have been sent. */
  | { readonly type: 'unknown'; readonly code: string }
  /** No response at all. */
  | { readonly type: 'nothing' };

export type Reading = { readonly word: Word; readonly messageId: string | null };

const retry = z.enum(retryWords);
const answerSchema = z.object({ message_id: z.string(), content: z.string().nullable() });
const errorSchema = z.object({
  error: z.object({ code: z.string(), retry, message_id: z.string().optional() }),
});
const reportSchema = z.object({
  message_id: z.string(),
  status: z.string(),
  content: z.string().nullable(),
  error: z.object({ code: z.string(), retry }).nullable(),
});

const toWord = (error: { readonly code: string; readonly retry: z.infer<typeof retry> }): Word =>
  error.retry === 'check'
    ? { type: 'unknown', code: error.code }
    : { type: 'failed', retry: error.retry, code: error.code };

const readError = (status: number, body: unknown): Reading => {
  const { error } = errorSchema.parse(body);
  const messageId = error.message_id ?? null;
  return { word: status === 409 ? { type: 'in_progress' } : toWord(error), messageId };
};

/** Reads a response of POST /send-message. Throws if the contract does not know it. */
export const readResponse = (status: number, body: unknown): Reading => {
  if (status !== 200 && status !== 202) return readError(status, body);
  const { message_id: messageId, content } = answerSchema.parse(body);
  return {
    word: status === 200 ? { type: 'sent', text: content } : { type: 'pending' },
    messageId,
  };
};

/** Reads a response of GET /messages/{id}. */
export const readReport = (status: number, body: unknown): Reading => {
  if (status !== 200) return readError(status, body);
  const report = reportSchema.parse(body);
  const { message_id: messageId, error } = report;
  switch (report.status) {
    case 'sent':
    case 'delivered':
    case 'read':
      return { word: { type: 'sent', text: report.content }, messageId };
    case 'failed':
    case 'unknown':
      return { word: toWord(error ?? { code: 'internal_error', retry: 'check' }), messageId };
    default:
      return { word: { type: 'pending' }, messageId };
  }
};

/** After such a word the client knows how its message ended, as well as anybody. */
export const isEnd = (word: Word): boolean =>
  word.type === 'unknown'
    ? word.code !== 'database_unavailable'
    : word.type === 'sent' || word.type === 'failed';

/** After such a word the client knows that nothing was sent. */
export const saysNothingWasSent = ({ type }: Word): boolean => type === 'failed';

export const describeWord = (word: Word): string => {
  switch (word.type) {
    case 'failed':
      return `${word.code}, ${word.retry}`;
    case 'unknown':
      return `${word.code}, check`;
    default:
      return word.type.replace('_', ' ');
  }
};
