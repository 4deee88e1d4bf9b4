import { expect, test } from 'vitest';
import { createCallBudget } from '../../src/core/call-budget.ts';
import { writeMessage } from '../../src/core/send/write-message.ts';
import { createTrace } from '../../src/core/trace.ts';
import { begun, deps } from './begun.ts';

const context = {
  trace: createTrace(deps.io.now),
  waitUntil: () => undefined,
  stopping: () => false,
  ending: null,
  calls: createCallBudget({}),
};

const senderOf = (provider: string) => ({
  id: provider,
  address: '+15005550006',
  connection: { id: provider, provider, credentials: 'sealed' },
});

/** Has an agent write that has no connection itself. */
const write = (providers: readonly string[]) => {
  const leased = {
    begun: { ...begun, senders: providers.map(senderOf) },
    ambiguous: false,
    leaseId: begun.messageId,
    leaseEndsAt: deps.io.now() + 60_000,
    releaseCalls: () => undefined,
  };
  return writeMessage(deps, leased, context);
};

test('an agent writes nothing where this version has none of the providers of the channel', async () => {
  expect(await write(['gone', 'resend'])).toMatchObject({
    type: 'not_written',
    error: { code: 'channel_not_connected', retry: 'never' },
    usage: null,
  });
});

test('an agent is asked where the provider of a later sender serves the channel', async () => {
  expect(await write(['gone', 'twilio'])).toMatchObject({
    type: 'not_written',
    error: { code: 'ai_unavailable' },
  });
});
