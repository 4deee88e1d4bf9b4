import { describe, expect, it } from 'vitest';
import type { StoredRow } from '../../dev/faults/history.ts';
import { type Evidence, judge } from '../../dev/faults/judge.ts';
import { newMessageId, toWireId } from '../../src/lib/message-id.ts';

const id = newMessageId();
const text = 'Hello';
const taken = { text, ourMessageId: toWireId(id) };

const row = (status: string): StoredRow => ({
  id,
  status,
  content: text,
  leased: false,
  texts: 1,
  said: text,
});

const judged = (changes: Partial<Evidence>) =>
  judge({
    rows: [row('sent')],
    taken: [taken],
    words: [{ type: 'sent', text }],
    promised: true,
    doubtful: true,
    ...changes,
  });

const outage = { type: 'failed', retry: 'safe', code: 'database_unavailable' } as const;
const refused = { type: 'failed', retry: 'safe', code: 'delivery_failed' } as const;
const holds = { twice: false, lost: null, lies: [] };

describe('the judge of a send', () => {
  it.each<readonly [string, Partial<Evidence>]>([
    ['it was sent, stored and told', {}],
    ['it failed, and was not taken', { rows: [row('failed')], taken: [], words: [refused] }],
    ['it is unknown, and was taken', { rows: [row('unknown')], words: [{ type: 'nothing' }] }],
    ['it is unknown, and was not taken', { rows: [row('unknown')], taken: [], words: [] }],
    ['nobody knows of it', { rows: [], taken: [], words: [outage], promised: false }],
    ['an outage came after a request that sent it', { words: [outage] }],
  ])('finds nothing when %s', (_, evidence) => {
    expect(judged(evidence)).toEqual(holds);
  });

  it.each<readonly [string, Partial<Evidence>]>([
    ['it is left queued', { rows: [row('queued')], taken: [], words: [] }],
    ['it is left in sending', { rows: [row('sending')], words: [] }],
    ['it was promised, and is not there', { rows: [], taken: [], words: [] }],
  ])('finds it lost when %s', (_, evidence) => {
    expect(judged(evidence).lost).not.toBeNull();
  });

  it('finds it sent twice when a vendor took it twice', () => {
    expect(judged({ taken: [taken, taken] }).twice).toBe(true);
  });

  it.each<readonly [string, Partial<Evidence>]>([
    ['a client was told sent, and it was not taken', { rows: [row('unknown')], taken: [] }],
    ['the row is sent, and it was not taken', { taken: [], words: [] }],
    ['the row is failed, and it was taken', { rows: [row('failed')], words: [] }],
    ['a client was told failed, and it was taken', { words: [refused] }],
    ['nobody was told anything but an outage', { words: [outage], doubtful: false }],
    ['another text was taken', { taken: [{ ...taken, text: 'Bye' }], words: [] }],
    ['a client was told of another text', { words: [{ type: 'sent', text: 'Bye' }] }],
    ['it was taken, and there is no row', { rows: [], words: [], promised: false }],
  ])('finds a lie when %s', (_, evidence) => {
    expect(judged(evidence).lies).not.toEqual([]);
  });
});
