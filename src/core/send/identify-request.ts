import { sha256Hex } from '../../lib/sha256.ts';
import type { SendRequest } from './send-request.ts';

export type Idempotency = {
  readonly key: string | null;
  /** What the key stands for: the same key with another hash is refused. Null where there is no key. */
  readonly requestHash: string | null;
  /** Not null: the database derives the key from the conversation, the message that is answered, and this. */
  readonly taskHash: string | null;
};

const hash = (parts: readonly (string | null)[]) => sha256Hex(JSON.stringify(parts));

/**
 * The caller's own key, or for an agent's answer to a known inbound message one that the database derives, so that a webhook
 * fired twice never gets two answers. A field that is new leaves both hashes as they are where it is absent.
 */
export const identifyRequest = async (
  request: SendRequest,
  callersKey: string | null,
): Promise<Idempotency> => {
  const { conversationRef, channel, content, agentId, subject, repliedMessageId } = request;
  if (callersKey === null && agentId !== null && repliedMessageId !== null) {
    return { key: null, requestHash: null, taskHash: await hash([agentId, channel, content]) };
  }
  if (callersKey === null) return { key: null, requestHash: null, taskHash: null };
  const [asWritten, withoutNames] = await Promise.all([
    hash([conversationRef, channel, content, agentId, subject, repliedMessageId]),
    hash([channel, content, agentId, subject]),
  ]);
  return { key: callersKey, requestHash: `${asWritten}:${withoutNames}`, taskHash: null };
};
