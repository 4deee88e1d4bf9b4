import { toWireId } from '../../lib/message-id.ts';
import { ownValue } from '../../lib/own-value.ts';
import type { Deps } from '../../ports/deps.ts';
import type { MissingText } from '../../ports/job.ts';
import type { TextOutcome } from '../../ports/webhook.ts';
import { timeouts } from '../limits.ts';
import { findReplySettings } from '../send-policy.ts';
import type { JobWork } from './job-work.ts';

/** Milliseconds. */
const firstPause = 60_000;

const askProvider = async (
  deps: Deps,
  { connection, providerMessageId }: MissingText,
): Promise<TextOutcome> => {
  const webhook = ownValue(deps.channelProviders, connection.provider)?.webhook;
  if (!webhook?.fetchText) {
    return { type: 'not_fetched', reason: 'misconfigured', status: null, code: null };
  }
  const credentials = await deps.vault.open(connection.credentials, connection.id);
  const io = { fetch: deps.io.fetch, signal: AbortSignal.timeout(timeouts.provider) };
  return webhook.fetchText(credentials, providerMessageId, io);
};

/** Asks the provider for the text of a message that came without one, and stores it. */
export const fetchText: JobWork<'fetch_text'> = {
  describe: ({ messageId, connection }) => ({
    event: 'text_not_fetched',
    message_id: toWireId(messageId),
    connection_id: connection.id,
    provider: connection.provider,
  }),
  work: async (deps, missing) => {
    const outcome = await askProvider(deps, missing);
    if (outcome.type === 'not_fetched') {
      const { reason, status, code } = outcome;
      return { type: 'failed', why: { reason, status, code } };
    }
    const { messageId, channel } = missing;
    const reply = findReplySettings(deps, channel);
    const waiting = await deps.store.completeText(messageId, outcome.fetched, reply);
    return { type: 'done', waiting };
  },
  // Two hours in all: 1, 2, 4 … 64 minutes between the tries.
  maxTries: 8,
  pauseAfter: (tries) => firstPause * 2 ** (tries - 1),
};
