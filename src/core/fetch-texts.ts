import { describeError } from '../lib/describe-error.ts';
import { toWireId } from '../lib/message-id.ts';
import { ownValue } from '../lib/own-value.ts';
import type { Deps } from '../ports/deps.ts';
import type { TextToFetch, WaitingAnswer } from '../ports/store.ts';
import type { TextOutcome } from '../ports/webhook.ts';
import { timeouts } from './limits.ts';

/** At once: each may be many megabytes, and Workers have 128 MB of memory and six connections. */
const batch = 2;

const askProvider = async (deps: Deps, wanted: TextToFetch): Promise<TextOutcome> => {
  const { connection, providerMessageId } = wanted;
  const webhook = ownValue(deps.channelProviders, connection.provider)?.webhook;
  if (!webhook?.fetchText) {
    return { type: 'not_fetched', reason: 'misconfigured', status: null, code: null };
  }
  const credentials = await deps.vault.open(connection.credentials, connection.id);
  const io = { fetch: deps.io.fetch, signal: AbortSignal.timeout(timeouts.provider) };
  return webhook.fetchText(credentials, providerMessageId, io);
};

const fetchText = async (deps: Deps, wanted: TextToFetch): Promise<WaitingAnswer | null> => {
  const { connection, messageId } = wanted;
  const fields = {
    event: 'text_not_fetched',
    message_id: toWireId(messageId),
    connection_id: connection.id,
    provider: connection.provider,
  };
  try {
    const outcome = await askProvider(deps, wanted);
    if (outcome.type === 'fetched')
      return await deps.store.completeText(messageId, outcome.fetched);
    const { reason, status, code } = outcome;
    // Where the database does not say, the provider's reason is still worth a line.
    const given_up = await deps.store.isTextGivenUp(messageId).catch(() => null);
    deps.io.log(given_up ? 'error' : 'warn', { ...fields, reason, status, code, given_up });
  } catch (error) {
    deps.io.log('error', { ...fields, cause: describeError(error) });
  }
  return null;
};

/**
 * Asks the providers for the text of messages that came without it: of one (a UUID), or of all that are due. Answers with
 * what their agents are to say. What fails is asked for again by a later sweep.
 */
export const fetchTexts = async (
  deps: Deps,
  messageId: string | null,
): Promise<readonly WaitingAnswer[]> => {
  const wanted = await deps.store.claimTexts(batch, messageId);
  const answers = await Promise.all(wanted.map((text) => fetchText(deps, text)));
  return answers.filter((answer) => answer !== null);
};
