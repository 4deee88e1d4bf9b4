import * as z from 'zod';
import type { RecordedEvent, WaitingReply } from '../ports/store.ts';

const reply = z
  .object({ message_id: z.string(), pause_ms: z.number() })
  .transform(({ message_id, pause_ms }) => ({ messageId: message_id, pauseMs: pause_ms }))
  .nullable();

const recorded = z.array(
  z
    .object({
      outcome: z.enum([
        'stored',
        'moved',
        'known',
        'no_sender',
        'unknown_message',
        'unknown_address',
        'rejected',
      ]),
      message_id: z.string().nullish(),
      text_is_elsewhere: z.boolean().default(false),
      reply: reply.default(null),
      code: z.string().nullish(),
    })
    .transform(({ message_id, text_is_elsewhere, code, ...row }) => ({
      ...row,
      messageId: message_id ?? null,
      textIsElsewhere: text_is_elsewhere,
      code: code ?? null,
    })),
);

/** The result of record_webhook. */
export const parseRecorded = (result: unknown): RecordedEvent[] => recorded.parse(result);

/** The result of complete_text. */
export const parseCompleted = (result: unknown): WaitingReply | null =>
  z.object({ reply }).parse(result).reply;
