import { sha256Hex } from '../lib/sha256.ts';
import type { SendRequest } from './send-request.ts';

export type Idempotency = {
  readonly key: string | null;
  /** What the key stands for: the same key with another hash is refused. Null where there is no key. */
  readonly requestHash: string | null;
};

/**
 * The caller's own key, or for an agent's answer to a known inbound message one that is derived from
 * both, so that a webhook fired twice never gets two answers.
 */
export const identifyRequest = async (
  request: SendRequest,
  callersKey: string | null,
): Promise<Idempotency> => {
  const { conversationRef, channel, content, agentId, subject, repliedMessageId } = request;
  if (callersKey === null && agentId !== null && repliedMessageId !== null) {
    const parts = [conversationRef, repliedMessageId, agentId, channel, content];
    const requestHash = await sha256Hex(JSON.stringify(parts));
    return { key: `reply:${requestHash}`, requestHash };
  }
  if (callersKey === null) return { key: null, requestHash: null };
  const parts = [conversationRef, channel, content, agentId, subject, repliedMessageId];
  return { key: callersKey, requestHash: await sha256Hex(JSON.stringify(parts)) };
};
