import { hashApiKey } from '../../lib/hash-api-key.ts';
import { newMessageId } from '../../lib/message-id.ts';
import type { Deps } from '../../ports/deps.ts';
import type { BeginResult } from '../../ports/store.ts';
import type { WorkContext } from '../context.ts';
import { channelPolicy, historyLimit, leaseSeconds } from '../limits.ts';
import { findCarriers, listOffers, type Offer } from './carriers.ts';
import { giveBack } from './give-back.ts';
import { identifyRequest } from './identify-request.ts';
import { toRefusal } from './refusals.ts';
import type { SendInput, SendRequest } from './send-request.ts';

/** How long an asynchronous message is tried for, in hours. */
const queueHours = 24;

/** The providers that can carry the message. Throws what the caller is told where none can. */
const listCarriers = (request: SendRequest, offers: readonly Offer[]): readonly string[] => {
  const carriers = findCarriers(request, offers);
  if (carriers.type === 'none') throw carriers.refusal;
  return carriers.providers;
};

export type Begin = Exclude<BeginResult, { outcome: 'refused' }> & {
  readonly leaseId: string;
  /** Whether the same request, sent again, is known to be the same. */
  readonly repeatable: boolean;
  /** Milliseconds since 1970; reckoned from before the call, so never too late. */
  readonly leaseEndsAt: number;
};

/** Stores the message, to be sent now or later, or learns what became of it before. Throws its refusal. */
export const beginMessage = async (
  deps: Deps,
  { apiKey, idempotencyKey, request }: SendInput,
  { queued }: { readonly queued: boolean },
  { trace }: WorkContext,
): Promise<Begin> => {
  const { agentId, content, channel, conversationRef, subject, repliedMessageId } = request;
  const { text, ...parts } = content;
  const offers = listOffers(deps.channelProviders, channel);
  const providers = listCarriers(request, offers);
  const { key, requestHash, taskHash } = await identifyRequest(request, idempotencyKey);
  const keyHash = await hashApiKey(apiKey);
  const messageId = newMessageId();
  // A stored message that this call takes over can be given back by its lease alone, if the result of the call is lost.
  const leaseId = messageId;
  const leaseEndsAt = deps.io.now() + leaseSeconds * 1000;

  const begin = () =>
    deps.store.beginSend({
      keyHash,
      messageId,
      leaseId,
      leaseSeconds,
      conversationRef,
      channel,
      policy: { ...channelPolicy(deps.channelProviders, channel), providers },
      work: agentId === null ? { content: text } : { prompt: text, agentId },
      parts,
      subject,
      repliedMessageId,
      idempotencyKey: key,
      requestHash,
      taskHash,
      historyLimit,
      queueHours: queued ? queueHours : null,
    });
  const begun = await trace.time('db', begin).catch(async (error: unknown) => {
    throw await giveBack(deps, { messageId, leaseId, begun: null }, error);
  });
  trace.setRate(begun.rate);
  trace.note({ api_key_id: begun.apiKeyId });
  if (begun.outcome === 'replay') trace.setReplayed(begun.ageSeconds);
  if (begun.outcome === 'refused') throw toRefusal(begun, request, offers);
  return { ...begun, leaseId, leaseEndsAt, repeatable: key !== null || taskHash !== null };
};
