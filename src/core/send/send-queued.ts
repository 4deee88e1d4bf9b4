import { describeError } from '../../lib/describe-error.ts';
import { toWireId } from '../../lib/message-id.ts';
import type { Deps } from '../../ports/deps.ts';
import type { WorkContext } from '../context.ts';
import { createTrace } from '../trace.ts';
import { claimMessages, countAffordable } from './claim-messages.ts';
import { sendLeased } from './send-leased.ts';

type Host = Omit<WorkContext, 'trace'>;

/** Sends a queued message after the response, unless it is not due or another worker has it. */
export const sendQueued = async (deps: Deps, messageId: string, host: Host): Promise<void> => {
  // A host that stops leaves it to another host's sweeper, and one without enough calls to the next sweep.
  if (host.stopping() || countAffordable(host.calls) < 1) return;
  const fields = { event: 'background', message_id: toWireId(messageId) };
  try {
    const { leased } = await claimMessages(deps, host.calls, { most: 1, messageId });
    for (const message of leased) {
      const trace = createTrace(deps.io.now);
      trace.note({ api_key_id: message.begun.apiKeyId });
      const { status } = await sendLeased(deps, message, { ...host, trace });
      deps.io.log('info', { ...fields, ...trace.read().fields, status });
    }
  } catch (error) {
    deps.io.log('error', { ...fields, cause: describeError(error) });
  }
};
