import type { Channel } from '../../../src/ports/channel.ts';
import type { Setup } from '../wire.ts';
import type { ApiRequest } from './api.ts';

export type Draft = {
  readonly channel: Channel;
  readonly ai: boolean;
  readonly content: string;
  /** Email only; empty: the conversation's subject. */
  readonly subject: string;
  /** Empty: none. */
  readonly key: string;
  readonly respondAsync: boolean;
};

/** In a real system the key would be the id of what the message is about. */
export const newKey = (): string => `demo-${crypto.randomUUID().slice(0, 8)}`;

export const toRequest = (setup: Setup, draft: Draft): ApiRequest => ({
  headers: {
    'x-api-key': setup.apiKey,
    'Content-Type': 'application/json',
    ...(draft.key === '' ? {} : { 'Idempotency-Key': draft.key }),
    ...(draft.respondAsync ? { Prefer: 'respond-async' } : {}),
  },
  body: {
    content: draft.content,
    ai: draft.ai,
    conversation_id: setup.conversationId,
    channel: draft.channel,
    ...(draft.ai ? { agent_id: setup.agentId } : {}),
    ...(draft.channel === 'email' && draft.subject !== '' ? { subject: draft.subject } : {}),
  },
});

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** The same call for a terminal. */
export const toCurl = ({ apiUrl }: Setup, { headers, body }: ApiRequest): string =>
  [
    `curl -s ${apiUrl}/send-message`,
    ...Object.entries(headers).map(([name, value]) => `  -H ${quoted(`${name}: ${value}`)}`),
    `  -d ${quoted(JSON.stringify(body))}`,
  ].join(' \\\n');
