import { demoData } from '../../demo-data.ts';

export type Kind = {
  readonly ai: boolean;
  readonly async: boolean;
  /** On email the vendor takes a repeated call as the same one; on sms it does not. */
  readonly channel: 'sms' | 'email';
};

/** The four kinds of send, on a channel of each sort. */
export const kinds: readonly Kind[] = [false, true].flatMap((ai) =>
  [false, true].flatMap((async) =>
    (['sms', 'email'] as const).map((channel) => ({ ai, async, channel })),
  ),
);

export const nameKind = ({ ai, async, channel }: Kind): string =>
  `${ai ? 'AI' : 'manual'} ${async ? 'async' : 'sync'} ${channel}`;

/** The request that its client sends, again and again. */
export const toRequest = ({ ai, async, channel }: Kind, marker: string): RequestInit => ({
  method: 'POST',
  headers: {
    'x-api-key': demoData.apiKey,
    'content-type': 'application/json',
    'idempotency-key': `matrix-${marker}`,
    ...(async ? { prefer: 'respond-async' } : {}),
  },
  body: JSON.stringify({
    conversation_id: demoData.conversationId,
    channel,
    ai,
    content: `Tell her of ${marker}.`,
    ...(ai ? { agent_id: demoData.agentId } : {}),
  }),
});
