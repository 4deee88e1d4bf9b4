import { describeError } from '../../lib/describe-error.ts';
import { toWireId } from '../../lib/message-id.ts';
import { ownValue } from '../../lib/own-value.ts';
import type { Deps } from '../../ports/deps.ts';
import type { TextToFetch, WaitingReply } from '../../ports/store.ts';
import type { TextOutcome } from '../../ports/webhook.ts';
import { timeouts } from '../limits.ts';

/** At once: each may be many megabytes, and Workers have 128 MB of memory and six connections. */
const batch = 2;
/** In one sweep, for a host's CPU limit. */
const most = 50;

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

const fetchText = async (deps: Deps, wanted: TextToFetch): Promise<WaitingReply | null> => {
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
 * Asks the provider for the text of a message (a UUID) that came without it. Answers with what its agent is to say. What
 * fails is asked for again by a later sweep.
 */
export const fetchTextOf = async (deps: Deps, messageId: string): Promise<WaitingReply | null> => {
  const [wanted] = await deps.store.claimTexts(1, messageId);
  return wanted ? fetchText(deps, wanted) : null;
};

/**
 * Asks for all that are due, each once, as long as it may go on, and for the next as soon as one is here: a provider that does
 * not answer holds up its own. What agents are to say then, a sweep takes up when it is due.
 */
export const fetchDueTexts = async (deps: Deps, mayGoOn: () => boolean): Promise<void> => {
  let taken = batch;
  const takeNext = async (): Promise<TextToFetch | undefined> => {
    if (taken >= most || !mayGoOn()) return undefined;
    taken += 1;
    return (await deps.store.claimTexts(1, null))[0];
  };
  const goOnFrom = async (first: TextToFetch): Promise<void> => {
    let next: TextToFetch | undefined = first;
    for (; next; next = await takeNext()) await fetchText(deps, next);
  };
  if (!mayGoOn()) return;
  const first = await deps.store.claimTexts(batch, null);
  // Where the database has gone away for one of them, the other is waited for all the same.
  const ends = await Promise.allSettled(first.map(goOnFrom));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
};
