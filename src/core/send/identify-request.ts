import { sha256Hex } from '../../lib/sha256.ts';
import type { Content } from '../../ports/content.ts';
import type { SendRequest } from './send-request.ts';

export type Idempotency = {
  readonly key: string | null;
  /** The hash of the request that the key belongs to; the same key with another hash is refused. Null if there is no key. */
  readonly requestHash: string | null;
  /** If it is not null, the database makes the key from the conversation, the message that is replied to, and this. */
  readonly taskHash: string | null;
};

const hash = (said: readonly (string | null)[]) => sha256Hex(JSON.stringify(said));

const sortKeys = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/** The parts beside the text, with their keys sorted. Empty if there are no parts. */
const listParts = ({ text: _, ...parts }: Content): readonly string[] => {
  const json = JSON.stringify(parts, sortKeys);
  return json === '{}' ? [] : [json];
};

/**
 * The caller's own key. Without one, an agent's reply to a known inbound message gets a key that the database makes, so
 * that a webhook that fires twice never gets two replies. A new kind of part does not change the hashes of requests
 * without it.
 */
export const identifyRequest = async (
  request: SendRequest,
  callersKey: string | null,
): Promise<Idempotency> => {
  const { conversationRef, channel, content, agentId, subject, repliedMessageId } = request;
  const { text } = content;
  const parts = listParts(content);
  if (callersKey === null && agentId !== null && repliedMessageId !== null) {
    const taskHash = await hash([agentId, channel, text, ...parts]);
    return { key: null, requestHash: null, taskHash };
  }
  if (callersKey === null) return { key: null, requestHash: null, taskHash: null };
  const [asWritten, withoutNames] = await Promise.all([
    hash([conversationRef, channel, text, agentId, subject, repliedMessageId, ...parts]),
    hash([channel, text, agentId, subject, ...parts]),
  ]);
  return { key: callersKey, requestHash: `${asWritten}:${withoutNames}`, taskHash: null };
};
