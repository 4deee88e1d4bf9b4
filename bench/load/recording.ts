import { z } from 'zod';

/** What the database, a vendor or a model has answered, to be answered again from memory. */
const recordedAnswerSchema = z.object({
  status: z.number(),
  contentType: z.string(),
  body: z.string(),
});

export type RecordedAnswer = z.infer<typeof recordedAnswerSchema>;

/** One answer for each method and path; of an id that the caller made, only the place is kept. */
export const recordingSchema = z.record(z.string(), recordedAnswerSchema);

export type Recording = Readonly<Record<string, RecordedAnswer>>;

/** Stands in a recorded body for the message id that a request brings. */
export const messageIdPlace = '{message_id}';

const messageIdPattern = /"(?:p_message_id|id)":"([0-9a-f-]{36})"/;

export const findMessageId = (body: string): string | null =>
  messageIdPattern.exec(body)?.[1] ?? null;

/** One function answers differently for an agent's message. */
export const answerKey = (method: string, path: string, body: string): string =>
  `${method} ${path.replace(/\?.*/, '')}${body.includes('"p_agent_id"') ? ' for an agent' : ''}`;
