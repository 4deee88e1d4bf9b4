import type { WebhookCall } from '../../src/ports/webhook.ts';
import { aCall, receivedAt } from '../channels/webhook-call.ts';

/** The characters that a header can have. */
export const inHeader = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, '.').trim();

/** A call with the text as its body, and as every vendor's signature of it. */
export const signedCall = (text: string): WebhookCall =>
  aCall(text, {
    headers: {
      'x-twilio-signature': inHeader(text.slice(0, 4000)),
      'x-hub-signature-256': `sha256=${inHeader(text)}`,
      'svix-id': '1',
      'svix-timestamp': `${receivedAt / 1000}`,
      'svix-signature': `v1,${inHeader(text)}`,
    },
  });
