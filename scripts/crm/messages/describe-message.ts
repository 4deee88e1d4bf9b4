import { z } from 'zod';
import { errorTable, isErrorCode } from '../../../src/errors.ts';
import { toWireId } from '../../../src/lib/message-id.ts';
import type { FoundMessage } from './find-message.ts';
import { parseStoredError } from './stored-error.ts';

const usageSchema = z
  .object({ input_tokens: z.number(), output_tokens: z.number() })
  .nullable()
  .catch(null);
const metadataSchema = z.object({ message_id: z.string().optional() }).catch({});

const toTime = (time: string | null): string | null => time && new Date(time).toISOString();

const describeError = (stored: unknown) => {
  const error = parseStoredError(stored);
  if (error === null) return null;
  const what = isErrorCode(error.code) ? errorTable[error.code] : null;
  return {
    code: error.code,
    retry: error.retry,
    happened: error.message ?? what?.happened ?? null,
    what_to_do: what?.remedy ?? null,
    provider: error.provider ?? null,
  };
};

const describeAttempt = (attempt: FoundMessage['attempts'][number]) => ({
  number: attempt.number,
  provider: attempt.provider,
  outcome: attempt.outcome,
  reason: attempt.reason,
  code: attempt.code,
  message: attempt.message,
  started_at: toTime(attempt.started_at),
  duration_ms: Date.parse(attempt.finished_at) - Date.parse(attempt.started_at),
});

/** Everything that is known of a message, as JSON, but never the contact's address. */
export const describeMessage = ({ message, attempts, conversation, agent }: FoundMessage) => ({
  message_id: toWireId(message.id),
  uuid: message.id,
  direction: message.sender_type === 'contact' ? 'in' : 'out',
  channel: message.channel,
  status: message.status,
  who: message.sender_type,
  agent: agent ?? (message.agent_id === null ? null : { id: message.agent_id }),
  conversation: conversation ?? { id: message.conversation_id, external_id: null },
  subject: message.subject,
  content: message.content,
  instruction: message.prompt,
  provider: message.provider,
  provider_message_id: message.provider_message_id,
  created_at: toTime(message.created_at),
  next_try_at: toTime(message.due_at),
  sent_at: toTime(message.sent_at),
  delivered_at: toTime(message.delivered_at),
  read_at: toTime(message.read_at),
  failed_at: toTime(message.failed_at),
  error: describeError(message.error),
  usage: usageSchema.parse(message.usage),
  replies_to: metadataSchema.parse(message.metadata).message_id ?? null,
  answers: message.replies_to_id === null ? null : toWireId(message.replies_to_id),
  attempts: attempts.map(describeAttempt),
});

export type DescribedMessage = ReturnType<typeof describeMessage>;
