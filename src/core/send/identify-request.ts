import { sha256Hex } from '../../lib/sha256.ts';
import type { Content } from '../../ports/content.ts';
import type { SendRequest } from './send-request.ts';

export type Idempotency = {
  readonly key: string | null;
  /** The request that the key stands for: the same key with another hash is refused. Null where there is no key. */
  readonly requestHash: string | null;
  /** Not null: the database derives the key from the conversation, the message that is answered, and this. */
  readonly taskHash: string | null;
};

const hash = (said: readonly (string | null)[]) => sha256Hex(JSON.stringify(said));

const sortKeys = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/** The parts beside the text, in whatever order their keys came. Without parts there is nothing to add. */
const listParts = ({ text: _, ...parts }: Content): readonly string[] => {
  const json = JSON.stringify(parts, sortKeys);
  return json === '{}' ? [] : [json];
};

/**
 * The caller's own key, or for an agent's answer to a known inbound message one that the database derives, so that a webhook
 * fired twice never gets two answers. A part that is new leaves both hashes as they are where it is absent.
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
