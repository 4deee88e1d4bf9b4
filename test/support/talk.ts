import { expect } from 'vitest';
import { z } from 'zod';
import { demoData } from '../../dev/demo-data.ts';
import type { Stack } from '../../dev/stack.ts';
import {
  accountIds,
  type MessagingChannel,
  toMessagingCall,
  toWhatsappCall,
} from '../../dev/vendors/meta-webhook.ts';
import { toTwilioCall } from '../../dev/vendors/twilio-call.ts';
import { postCall, type SignedRequest } from '../../dev/vendors/webhook.ts';
import { createMessageRows, createRest } from './rest.ts';

const { connectionIds, twilio } = demoData;

const addressesSchema = z.array(
  z.object({ id: z.string(), address: z.string(), opted_out_at: z.string().nullable() }).loose(),
);

/** The tools of tests that are conversations: exact webhook calls, and what is then in the tables and can be sent. */
export const talkWith = (stack: () => Stack) => {
  const rest = createRest(stack);

  const deliver = async (call: SignedRequest) => expect(await postCall(call, 1)).toEqual([200]);
  const webhook = (provider: 'meta' | 'twilio', connection: string) =>
    `${stack().apiUrl}/webhooks/${provider}/${connection}`;

  const rows = createMessageRows(rest);
  return {
    rest,
    rows,
    /** The only row with the vendor's id. */
    stored: async (providerMessageId: string) => {
      const [row, ...others] = await rows(
        `provider_message_id=eq.${encodeURIComponent(providerMessageId)}`,
      );
      expect(others).toEqual([]);
      if (!row) throw new Error(`${providerMessageId} is not stored.`);
      return row;
    },
    addresses: async (query: string) =>
      addressesSchema.parse(await rest(`contact_addresses?${query}`)),
    /** The value of one change of a WhatsApp account. */
    whatsapp: (value: object, field?: 'smb_message_echoes') =>
      deliver(toWhatsappCall(webhook('meta', connectionIds.meta), value, field)),
    /** One event of the page or the Instagram account, written by that person unless it is an echo. */
    messaging: (channel: MessagingChannel, person: string, content: object, isEcho = false) => {
      const connection = channel === 'facebook' ? connectionIds.meta : connectionIds.instagram;
      const account = accountIds[channel];
      const [sender, recipient] = isEcho ? [account, person] : [person, account];
      const event = { sender, recipient, content };
      return deliver(toMessagingCall(webhook('meta', connection), channel, event));
    },
    twilio: (fields: Readonly<Record<string, string>>) =>
      deliver(
        toTwilioCall(webhook('twilio', connectionIds.twilio), {
          AccountSid: twilio.accountSid,
          ApiVersion: '2010-04-01',
          NumMedia: '0',
          SmsStatus: 'received',
          ...fields,
        }),
      ),
    /** Sends over the API, as a person would. */
    send: async (conversationId: string, channel: string, content = 'Hello!') => {
      const response = await fetch(`${stack().apiUrl}/send-message`, {
        method: 'POST',
        headers: { 'x-api-key': demoData.apiKey, 'content-type': 'application/json' },
        body: JSON.stringify({ conversation_id: conversationId, channel, ai: false, content }),
      });
      const body: unknown = await response.json();
      const parsed = z.object({ error: z.object({ code: z.string() }) }).safeParse(body);
      return {
        status: response.status,
        code: parsed.success ? parsed.data.error.code : null,
        body,
      };
    },
  };
};
