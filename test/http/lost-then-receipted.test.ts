import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { demoData } from '../../dev/demo-data.ts';
import { type Stack, startStack } from '../../dev/stack.ts';
import type { FaultInput } from '../../dev/vendors/faults.ts';

let stack: Stack;
/** Every response of Resend is lost on its way. */
let resendIsCut = false;
beforeAll(async () => {
  stack = await startStack({
    aroundFetch: (fetch) => async (url, init) => {
      const response = await fetch(url, init);
      if (resendIsCut && url.startsWith('https://api.resend.com/')) throw new TypeError('cut');
      return response;
    },
  });
});
afterAll(() => stack.stop());
beforeEach(() => stack.vendors.reset());

const errorSchema = z.object({
  error: z.object({ code: z.string(), retry: z.string(), message_id: z.string() }),
});
const reportSchema = z.object({
  status: z.string(),
  error: z.unknown(),
  delivered_at: z.string().nullable(),
});

const headers = { 'x-api-key': demoData.apiKey, 'content-type': 'application/json' };

const send = async (channel: string) => {
  const body = {
    content: 'Your table is ready.',
    ai: false,
    conversation_id: demoData.conversationId,
    channel,
  };
  const init = { method: 'POST', headers, body: JSON.stringify(body) };
  const response = await fetch(`${stack.apiUrl}/send-message`, init);
  return { status: response.status, body: await response.json() };
};

const report = async (id: string) =>
  reportSchema.parse(await (await fetch(`${stack.apiUrl}/messages/${id}`, { headers })).json());

/** The vendor takes the message, and its response is lost. */
const loseAnswer = async (channel: string, fault?: FaultInput): Promise<string> => {
  if (fault) stack.vendors.fail(fault);
  const { status, body } = await send(channel);
  const { error } = errorSchema.parse(body);
  expect({ status, code: error.code, retry: error.retry }).toEqual({
    status: 500,
    code: 'delivery_unknown',
    retry: 'check',
  });
  expect(await report(error.message_id)).toMatchObject({ status: 'unknown' });
  return error.message_id;
};

const last = () => {
  const sent = stack.vendors.sent();
  expect(sent).toHaveLength(1);
  return sent[0]?.providerMessageId ?? '';
};

describe('a message whose answer was lost', () => {
  it.each([
    ['sms', 'api.twilio.com', 'delivered'],
    ['whatsapp', 'graph.facebook.com', 'delivered'],
  ] as const)(
    'is unknown on %s, and delivered once the receipt comes',
    async (channel, host, word) => {
      const id = await loseAnswer(channel, { host, type: 'take_then_cut' });
      const posted = await stack.vendors.receipt({
        providerMessageId: last(),
        status: word,
        times: 2,
      });
      expect(posted.statuses).toEqual([200, 200]);
      const told = await report(id);
      expect(told).toMatchObject({ status: 'delivered', error: null });
      expect(told.delivered_at).not.toBeNull();
      expect(stack.vendors.sent()).toHaveLength(1);
    },
  );

  it('is unknown by email where the repeated call’s answer is lost too', async () => {
    resendIsCut = true;
    const id = await loseAnswer('email').finally(() => {
      resendIsCut = false;
    });
    await stack.vendors.receipt({ providerMessageId: last(), status: 'email.delivered' });
    expect(await report(id)).toMatchObject({ status: 'delivered', error: null });
  });

  it('is known on Messenger by the echo, which carries our id', async () => {
    const id = await loseAnswer('facebook', { host: 'graph.facebook.com', type: 'take_then_cut' });
    await stack.vendors.receipt({ providerMessageId: last(), status: 'echo' });
    expect(await report(id)).toMatchObject({ status: 'sent', error: null });
    await stack.vendors.receipt({ providerMessageId: last(), status: 'read' });
    expect(await report(id)).toMatchObject({ status: 'read' });
  });

  it('is failed once the vendor says so, and delivered when it takes that back', async () => {
    const id = await loseAnswer('sms', { host: 'api.twilio.com', type: 'take_then_cut' });
    const providerMessageId = last();
    await stack.vendors.receipt({ providerMessageId, status: 'undelivered', errorCode: 30005 });
    expect(await report(id)).toMatchObject({
      status: 'failed',
      error: { code: 'delivery_failed', retry: 'never', provider: { reason: 'invalid_recipient' } },
    });
    await stack.vendors.receipt({ providerMessageId, status: 'sent' });
    expect(await report(id)).toMatchObject({ status: 'failed' });
    await stack.vendors.receipt({ providerMessageId, status: 'delivered' });
    expect(await report(id)).toMatchObject({ status: 'delivered', error: null });
  });
});
