import { newMessageId, toWireId } from '../lib/message-id.ts';
import { sha256Hex } from '../lib/sha256.ts';
import type { Deps } from '../ports/deps.ts';
import type { BeginResult } from '../ports/store.ts';
import { type Delivery, deliver } from './deliver.ts';
import { identifyRequest } from './idempotency.ts';
import {
  historyLimit,
  leaseSeconds,
  listFitting,
  listLimits,
  type ProviderLimit,
  replyWindowHours,
} from './limits.ts';
import { contentTooLong, toAppError, toRefusal, toReplay } from './send-answers.ts';
import type { Leased, SendInput, SendRequest, SentMessage } from './send-request.ts';
import type { Trace } from './trace.ts';
import { writeMessage } from './write-message.ts';

const begin = async (
  deps: Deps,
  { apiKey, idempotencyKey, request }: SendInput,
  providers: readonly string[],
  leaseId: string,
): Promise<BeginResult> => {
  const { agentId, content, channel } = request;
  const idempotency = await identifyRequest(request, idempotencyKey);
  return deps.store.beginSend({
    keyHash: await sha256Hex(apiKey),
    messageId: newMessageId(),
    leaseId,
    leaseSeconds,
    conversationRef: request.conversationRef,
    channel,
    providers,
    replyWindowHours: replyWindowHours[channel],
    work: agentId === null ? { content } : { prompt: content, agentId },
    subject: request.subject,
    repliedMessageId: request.repliedMessageId,
    idempotencyKey: idempotency.key,
    requestHash: idempotency.requestHash,
    historyLimit,
  });
};

/** The providers that can carry it: what an agent writes is made to fit, what the caller wrote may be too long. */
const listCarriers = (
  { agentId, content, channel }: SendRequest,
  limits: readonly ProviderLimit[],
): string[] => {
  if (agentId !== null) return limits.map(({ provider }) => provider);
  const providers = listFitting(limits, content);
  if (providers.length === 0) throw contentTooLong(limits, channel);
  return providers;
};

/** Stores what came of it. When that fails, the caller still gets the truth: the log tells of the row. */
const settle = async (
  deps: Deps,
  { begun, leaseId }: Leased,
  delivery: Delivery,
  trace: Trace,
): Promise<void> => {
  try {
    await trace.time('db', () =>
      deps.store.settleSend({ messageId: begun.messageId, leaseId, usage: null, ...delivery }),
    );
  } catch {
    trace.note({ settled: false });
  }
};

/**
 * Sends one message: stores it, has the agent write it where there is one, asks the providers, stores
 * what came of it. Throws an AppError for everything that is not an accepted message.
 */
export const sendMessage = async (
  deps: Deps,
  input: SendInput,
  trace: Trace,
): Promise<SentMessage> => {
  const { channel, agentId } = input.request;
  const limits = listLimits(deps.channelProviders, channel);
  const carriers = listCarriers(input.request, limits);
  const leaseId = crypto.randomUUID();
  const leaseEndsAt = deps.io.now() + leaseSeconds * 1000;

  const begun = await trace.time('db', () => begin(deps, input, carriers, leaseId));
  trace.setRate(begun.rate);
  if (begun.outcome === 'refused') throw toRefusal(begun, input.request, limits);
  if (begun.outcome === 'replay') {
    trace.setReplayed();
    return toReplay(begun.message);
  }

  const leased = { begun, leaseId, leaseEndsAt };
  const messageId = toWireId(begun.messageId);
  trace.note({ message_id: messageId });
  const written =
    begun.content === null
      ? await writeMessage(deps, leased, channel, trace)
      : { text: begun.content, leaseEndsAt };
  const delivery = await deliver(deps, { begun, channel, ...written }, trace);
  await settle(deps, leased, delivery, trace);
  trace.note({ provider: delivery.result.provider, outcome: delivery.result.status });

  if (delivery.result.status !== 'sent') throw toAppError(delivery.result.error, begun.messageId);
  return {
    messageId,
    content: written.text,
    senderType: agentId === null ? 'user' : 'agent',
    channel,
    timestamp: new Date(delivery.at).toISOString(),
  };
};
