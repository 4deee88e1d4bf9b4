import { z } from 'zod';

/** Recorded responses of the database, a vendor or a model, to be given again from memory. */
const recordedAnswerSchema = z.object({
  status: z.number(),
  contentType: z.string(),
  body: z.string(),
});

export type RecordedAnswer = z.infer<typeof recordedAnswerSchema>;

/** One response for each method and path. Of an id that the caller made, only the place is recorded. */
export const recordingSchema = z.record(z.string(), recordedAnswerSchema);

export type Recording = Readonly<Record<string, RecordedAnswer>>;

/** Stands in a recorded body for the message id of the current request. */
export const messageIdPlace = '{message_id}';

const messageIdPattern = /"(?:message_id|p_message_id|id)":"([0-9a-f-]{36})"/;

export const findMessageId = (body: string): string | null =>
  messageIdPattern.exec(body)?.[1] ?? null;

/** One function responds differently for an agent's message. */
export const answerKey = (method: string, path: string, body: string): string =>
  `${method} ${path.replace(/\?.*/, '')}${body.includes('"agent_id"') ? ' for an agent' : ''}`;
