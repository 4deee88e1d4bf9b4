import { AppError } from '../../errors.ts';
import { hashApiKey } from '../../lib/hash-api-key.ts';
import { parseWireId } from '../../lib/message-id.ts';
import type { Deps } from '../../ports/deps.ts';
import type { StoredAttempt, StoredMessage } from '../../ports/message.ts';
import type { Trace } from '../trace.ts';
import { toPlainRefusal } from './refusals.ts';

export type MessageReport = {
  readonly message: StoredMessage;
  readonly attempts: readonly StoredAttempt[];
};

/** A message and its history. Throws not_found both for another sub-account's message and for one that does not exist. */
export const getMessage = async (
  deps: Deps,
  { apiKey, messageId }: { readonly apiKey: string; readonly messageId: string },
  trace: Trace,
): Promise<MessageReport> => {
  const notFound = new AppError('not_found', {
    message:
      'There is no such message in the sub-account of this API key: use the `message_id` of an earlier answer.',
  });
  const uuid = parseWireId(messageId);
  if (uuid === null) throw notFound;
  const keyHash = await hashApiKey(apiKey);
  const found = await trace.time('db', () => deps.store.getMessage(keyHash, uuid));
  trace.setRate(found.rate);
  trace.note({ api_key_id: found.apiKeyId });
  if (found.outcome === 'refused') throw toPlainRefusal(found);
  if (found.message === null) throw notFound;
  return { message: found.message, attempts: found.attempts };
};
