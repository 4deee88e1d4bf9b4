import { hashApiKey } from '../../lib/hash-api-key.ts';
import { newMessageId } from '../../lib/message-id.ts';
import type { BeginResult, BeginSend, QueueResult } from '../../ports/begin-send.ts';
import type { Deps } from '../../ports/deps.ts';
import type { WorkContext } from '../context.ts';
import { historyLimit, leaseSeconds, queueHours } from '../limits.ts';
import { findPolicy } from '../send-policy.ts';
import type { Trace } from '../trace.ts';
import { findCarriers, listOffers, type Offer } from './carriers.ts';
import { giveBack } from './give-back.ts';
import { identifyRequest } from './identify-request.ts';
import { toRefusal } from './refusals.ts';
import type { SendInput, SendRequest } from './send-request.ts';

/** The providers that can carry the message. If there is none, throws the caller's error. */
const listCarriers = (request: SendRequest, offers: readonly Offer[]): readonly string[] => {
  const carriers = findCarriers(request, offers);
  if (carriers.type === 'none') throw carriers.refusal;
  return carriers.providers;
};

const toBeginSend = async (
  deps: Deps,
  { apiKey, idempotencyKey, request }: SendInput,
  offers: readonly Offer[],
): Promise<BeginSend> => {
  const { agentId, content, channel, conversationRef, subject, repliedMessageId } = request;
  const { text, ...parts } = content;
  const providers = listCarriers(request, offers);
  const { key, requestHash, taskHash } = await identifyRequest(request, idempotencyKey);
  const messageId = newMessageId();
  return {
    keyHash: await hashApiKey(apiKey),
    messageId,
    // The lease id equals the new message's id, so a stored message that the call takes over can be given back by its
    // lease even if the result is lost.
    leaseId: messageId,
    leaseSeconds,
    conversationRef,
    channel,
    policy: { ...findPolicy(deps.channelProviders, channel), providers },
    work: agentId === null ? { content: text } : { prompt: text, agentId },
    parts,
    subject,
    repliedMessageId,
    idempotencyKey: key,
    requestHash,
    taskHash,
    historyLimit,
  };
};

const store = async <Result extends BeginResult | QueueResult>(
  deps: Deps,
  { messageId, leaseId }: BeginSend,
  trace: Trace,
  call: () => Promise<Result>,
): Promise<Result> => {
  const result = await trace.time('db', call).catch(async (error: unknown) => {
    throw await giveBack(deps, { messageId, leaseId, begun: null }, error);
  });
  trace.setRate(result.rate);
  trace.note({ api_key_id: result.apiKeyId });
  if (result.outcome === 'replay') trace.setReplayed(result.ageSeconds);
  return result;
};

export type Begin = Exclude<BeginResult, { outcome: 'refused' }> & {
  readonly leaseId: string;
  /** Whether the API would recognise the same request if it came again. */
  readonly repeatable: boolean;
  /** Milliseconds since 1970. Computed before the call, so never too late. */
  readonly leaseEndsAt: number;
};

/** Stores the message to be sent now, or finds what an earlier request with the same key did. Throws a refusal. */
export const beginMessage = async (
  deps: Deps,
  input: SendInput,
  { trace }: WorkContext,
): Promise<Begin> => {
  const offers = listOffers(deps.channelProviders, input.request.channel);
  const request = await toBeginSend(deps, input, offers);
  const leaseEndsAt = deps.io.now() + leaseSeconds * 1000;
  const begun = await store(deps, request, trace, () => deps.store.beginSend(request));
  if (begun.outcome === 'refused') throw toRefusal(begun, input.request, offers);
  const repeatable = request.idempotencyKey !== null || request.taskHash !== null;
  return { ...begun, leaseId: request.leaseId, leaseEndsAt, repeatable };
};

/** Stores the message to be sent later, or finds what an earlier request with the same key did. Throws a refusal. */
export const beginQueued = async (
  deps: Deps,
  input: SendInput,
  { trace }: WorkContext,
): Promise<Exclude<QueueResult, { outcome: 'refused' }>> => {
  const offers = listOffers(deps.channelProviders, input.request.channel);
  const request = { ...(await toBeginSend(deps, input, offers)), queueHours };
  const queued = await store(deps, request, trace, () => deps.store.queueSend(request));
  if (queued.outcome === 'refused') throw toRefusal(queued, input.request, offers);
  return queued;
};
