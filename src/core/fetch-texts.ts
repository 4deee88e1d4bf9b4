import { describeError } from '../lib/describe-error.ts';
import { toWireId } from '../lib/message-id.ts';
import { ownValue } from '../lib/own-value.ts';
import type { Deps } from '../ports/deps.ts';
import type { TextToFetch, WaitingAnswer } from '../ports/store.ts';
import { timeouts } from './limits.ts';

/** In one go: Workers have six connections. */
const batch = 4;

const fetchText = async (deps: Deps, wanted: TextToFetch): Promise<WaitingAnswer | null> => {
  const { connection, messageId, providerMessageId } = wanted;
  const webhook = ownValue(deps.channelProviders, connection.provider)?.webhook;
  if (!webhook?.fetchText) return null;
  const credentials = await deps.vault.open(connection.credentials, connection.id);
  const io = { fetch: deps.io.fetch, signal: AbortSignal.timeout(timeouts.provider) };
  const fetched = await webhook.fetchText(credentials, providerMessageId, io);
  return fetched && deps.store.completeText(messageId, fetched);
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
  const answers = await Promise.all(
    wanted.map((text) =>
      fetchText(deps, text).catch((error: unknown) => {
        const message_id = toWireId(text.messageId);
        deps.io.log('error', {
          event: 'text_not_fetched',
          message_id,
          cause: describeError(error),
        });
        return null;
      }),
    ),
  );
  return answers.filter((answer) => answer !== null);
};
