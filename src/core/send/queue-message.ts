import { toWireId } from '../../lib/message-id.ts';
import type { Deps } from '../../ports/deps.ts';
import type { WorkContext } from '../context.ts';
import { beginMessage } from './begin-message.ts';
import { toQueued, toReplay } from './refusals.ts';
import { sendQueued } from './send-queued.ts';
import type { QueuedMessage, SendInput, SentMessage } from './send-request.ts';

/**
 * Stores one message to be sent after the answer, by this host or, if it dies, by the sweeper. Asked
 * for again with the same key it answers the same, and once the message is sent, with that.
 */
export const queueMessage = async (
  deps: Deps,
  input: SendInput,
  context: WorkContext,
): Promise<SentMessage | QueuedMessage> => {
  const begin = await beginMessage(deps, input, { queued: true }, context);
  if (begin.outcome === 'begun')
    throw new Error('the store leased a message that was to be queued');
  if (begin.outcome === 'replay') return toReplay(begin.message);
  if (begin.outcome === 'in_progress') context.trace.setReplayed(begin.ageSeconds);
  context.trace.note({ message_id: toWireId(begin.message.id) });
  context.waitUntil(sendQueued(deps, begin.message.id, context));
  return toQueued(begin.message);
};
