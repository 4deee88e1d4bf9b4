import { demoData } from '../../dev/demo-data.ts';
import type { CallsPerMessage } from './round-trips.ts';

export type SendRequest = {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The calls that crm-api makes for it, and how many. */
  readonly calls: CallsPerMessage;
};

const headers = { 'content-type': 'application/json', 'x-api-key': demoData.apiKey };

export const manualText = 'Hi Jane, your appointment is confirmed for tomorrow at 10:00.';

/** The README's first request. */
export const manualSend: SendRequest = {
  headers,
  body: JSON.stringify({
    content: manualText,
    ai: false,
    conversation_id: demoData.conversationId,
    channel: 'sms',
  }),
  calls: { begin_send: 1, vendor: 1, settle_send: 1 },
};

export const aiSend: SendRequest = {
  headers,
  body: JSON.stringify({
    content: 'Ask whether the appointment still suits her.',
    ai: true,
    conversation_id: demoData.conversationId,
    channel: 'sms',
    agent_id: demoData.agentId,
  }),
  calls: { begin_send: 1, model: 1, commit_reply: 1, vendor: 1, settle_send: 1 },
};
