import { describe, expect, test } from 'vitest';
import { refused } from '../../src/channels/outcome.ts';
import { twilio } from '../../src/channels/twilio.ts';
import { createCallBudget } from '../../src/core/call-budget.ts';
import { askProvider } from '../../src/core/send/ask-provider.ts';
import type { ChannelProvider, OutboundMessage } from '../../src/ports/channel.ts';
import { begun, deps } from './begun.ts';

const connectionId = '0197f1a0-0000-7000-8000-000000000001';

/** Asks a provider that keeps what it is given and refuses it in these words. */
const ask = async (content: OutboundMessage['content'], message: string) => {
  const asked: OutboundMessage[] = [];
  const provider: ChannelProvider = {
    ...twilio,
    send: async (_credentials, outbound) => {
      asked.push(outbound);
      return refused('other', { message });
    },
  };
  const credentials = await deps.vault.seal({}, connectionId);
  const connection = { id: connectionId, provider: 'twilio', credentials };
  const sender = { id: '1', address: '+15005550006', connection };
  const parcel = {
    begun,
    ambiguous: false,
    content,
    leaseId: begun.messageId,
    leaseEndsAt: Date.now() + 60_000,
    ending: null,
    calls: createCallBudget({}),
  };
  const call = await askProvider(
    { ...deps, channelProviders: { twilio: provider } },
    parcel,
    sender,
    1,
  );
  return { asked, call };
};

/** A message with parts that are still to come. */
const withParts = {
  text: 'Your table is ready.',
  template: { name: 'table', variables: ['Jane Doe', { city: 'Oldenburg' }] },
};

describe('a call to a provider', () => {
  test('is given all that the message says', async () => {
    const { asked } = await ask(withParts, 'No.');
    expect(asked).toMatchObject([{ content: withParts, channel: 'sms', to: '+15005550101' }]);
  });

  test('keeps no words of the vendor that quote the message, be it in a part', async () => {
    const { call } = await ask(withParts, '"Jane Doe" of Oldenburg: Your table is ready. No!');
    expect(call.attempt.message).toBe('"[redacted]" of [redacted]: [redacted] No!');
  });

  test('is not made where the provider does not carry the message', async () => {
    const { asked, call } = await ask({ text: 'a'.repeat(1601) }, 'No.');
    expect(asked).toEqual([]);
    expect(call.attempt).toMatchObject({
      outcome: 'refused',
      reason: 'content_rejected',
      message: 'the text is too long for this provider',
    });
  });
});
