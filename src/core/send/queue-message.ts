import { toWireId } from '../../lib/message-id.ts';
import type { Deps } from '../../ports/deps.ts';
import type { WorkContext } from '../context.ts';
import { beginQueued } from './begin-message.ts';
import { toQueued, toReplay } from './refusals.ts';
import { sendQueued } from './send-queued.ts';
import type { QueuedMessage, SendInput, SentMessage } from './send-request.ts';

/**
 * Stores a message that this host, or the sweeper if the host dies, sends after the response. Repeating the key returns
 * the same 202 until the message is sent, then the sent message.
 */
export const queueMessage = async (
  deps: Deps,
  input: SendInput,
  context: WorkContext,
): Promise<SentMessage | QueuedMessage> => {
  const begin = await beginQueued(deps, input, context);
  if (begin.outcome === 'replay') return toReplay(begin.message);
  if (begin.outcome === 'in_progress') context.trace.setReplayed(begin.ageSeconds);
  context.trace.note({ message_id: toWireId(begin.message.id) });
  context.waitUntil(sendQueued(deps, begin.message.id, context));
  return toQueued(begin.message);
};
