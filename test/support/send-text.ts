import { demoData } from '../../dev/demo-data.ts';

/** Sends an SMS to the demo's contact, word for word. */
export const sendText = (baseUrl: string, content: string): Promise<Response> =>
  fetch(`${baseUrl}/send-message`, {
    method: 'POST',
    headers: { 'x-api-key': demoData.apiKey, 'content-type': 'application/json' },
    body: JSON.stringify({
      content,
      ai: false,
      conversation_id: demoData.conversationId,
      channel: 'sms',
    }),
  });
