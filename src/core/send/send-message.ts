import { toWireId } from '../../lib/message-id.ts';
import type { Deps } from '../../ports/deps.ts';
import type { WorkContext } from '../context.ts';
import { callsToSend } from '../limits.ts';
import { beginMessage } from './begin-message.ts';
import { sendInProgress, takenOver, toAppError, toReplay } from './refusals.ts';
import { sendLeased } from './send-leased.ts';
import type { SendInput, SentMessage } from './send-request.ts';

/**
 * Sends one message: stores it, lets the agent write it if there is one, asks the providers, and stores the outcome.
 * Throws an AppError unless the message was accepted.
 */
export const sendMessage = async (
  deps: Deps,
  input: SendInput,
  context: WorkContext,
): Promise<SentMessage> => {
  const begin = await beginMessage(deps, input, context);
  if (begin.outcome === 'replay') return toReplay(begin.message);
  if (begin.outcome !== 'begun') throw sendInProgress(begin.message.id);

  const messageId = toWireId(begin.messageId);
  context.trace.note({ message_id: messageId });
  const { leaseId, leaseEndsAt } = begin;
  const releaseCalls = context.calls.hold(callsToSend(begin.content));
  const leased = { begun: begin, ambiguous: false, leaseId, leaseEndsAt, releaseCalls };
  const worked = await sendLeased(deps, leased, context);
  if (worked.status === 'lost' || worked.status === 'superseded') {
    throw begin.repeatable ? sendInProgress(begin.messageId) : takenOver(begin.messageId);
  }
  if (worked.status !== 'sent')
    throw toAppError(worked.error, begin.messageId, worked.retryAfterMs);
  return {
    messageId,
    content: worked.text,
    senderType: input.request.agentId === null ? 'user' : 'agent',
    channel: begin.channel,
    timestamp: new Date(worked.at).toISOString(),
  };
};
