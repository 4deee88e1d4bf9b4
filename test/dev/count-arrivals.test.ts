import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createArrivalCount } from '../../dev/phones/count-arrivals.ts';
import type { SentMessage } from '../../dev/vendors/journal.ts';

const row = (status: string, over: object = {}) => ({
  id: randomUUID(),
  channel: 'instagram',
  sender_type: 'user',
  status,
  content: 'Hello',
  provider_message_id: null,
  ...over,
});

/** A vendor that carries no id of ours got it, and its response was lost. */
const nameless = (): SentMessage => ({
  vendor: 'meta',
  channel: 'instagram',
  to: '1',
  from: '2',
  text: 'Hello',
  providerMessageId: randomUUID(),
  ourMessageId: null,
  receivedAt: '2026-01-01T00:00:00Z',
});

describe('what reached the phone, where its answer was lost', () => {
  test('is a message that nobody knows of', () => {
    const unknown = row('unknown');
    expect(createArrivalCount([unknown], [nameless()])(unknown)).toBe(1);
    expect(createArrivalCount([unknown], [])(unknown)).toBe(0);
  });

  test.each(['failed', 'queued', 'superseded'])(
    'is no message with the same text that is %s',
    (status) => {
      const [later, earlier] = [row(status), row('unknown')];
      const count = createArrivalCount([later, earlier], [nameless()]);
      expect([count(later), count(earlier)]).toEqual([0, 1]);
    },
  );

  test('is not the next one with the same text, while that is on its way', () => {
    const [later, earlier] = [row('sending'), row('unknown')];
    const count = createArrivalCount([later, earlier], [nameless()]);
    expect([count(later), count(earlier)]).toEqual([0, 1]);
    const both = createArrivalCount([later, earlier], [nameless(), nameless()]);
    expect([both(later), both(earlier)]).toEqual([1, 1]);
  });

  test('is nothing that has another text or channel, or is known by its id', () => {
    const sent = nameless();
    const rows = [
      row('sent', { provider_message_id: sent.providerMessageId }),
      row('unknown', { content: 'Bye' }),
      row('unknown', { channel: 'facebook' }),
      row('unknown'),
    ];
    expect(rows.map(createArrivalCount(rows, [sent]))).toEqual([1, 0, 0, 0]);
  });
});
