import { describeError } from '../lib/describe-error.ts';
import { toWireId } from '../lib/message-id.ts';
import type { Deps } from '../ports/deps.ts';
import { beginMessage } from './begin-message.ts';
import { claimMessages } from './claim-messages.ts';
import type { WorkContext } from './context.ts';
import { toQueued, toReplay } from './send-answers.ts';
import type { QueuedMessage, SendInput, SentMessage } from './send-request.ts';
import { createTrace } from './trace.ts';
import { workMessage } from './work-message.ts';

/** Sends a queued message after the answer has gone, unless somebody has taken it up already. */
const workQueued = async (deps: Deps, messageId: string, context: WorkContext): Promise<void> => {
  const fields = { event: 'background', message_id: toWireId(messageId) };
  try {
    const { leased } = await claimMessages(deps, { limit: 1, messageId });
    for (const message of leased) {
      const trace = createTrace(deps.io.now);
      const { status } = await workMessage(deps, message, { ...context, trace });
      deps.io.log('info', { ...fields, ...trace.read().fields, status });
    }
  } catch (error) {
    deps.io.log('error', { ...fields, cause: describeError(error) });
  }
};

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
  if (begin.outcome === 'replay') {
    context.trace.setReplayed();
    return toReplay(begin.message);
  }
  if (begin.outcome === 'in_progress') context.trace.setReplayed();
  context.trace.note({ message_id: toWireId(begin.message.id) });
  context.waitUntil(workQueued(deps, begin.message.id, context));
  return toQueued(begin.message);
};
