import { describe, expect, it } from 'vitest';
import type { StoredRow } from '../../dev/faults/history.ts';
import { type Evidence, judge } from '../../dev/faults/judge.ts';
import type { Word } from '../../dev/faults/word.ts';
import { newMessageId, toWireId } from '../../src/lib/message-id.ts';

const id = newMessageId();
const text = 'Hello';
const [early, noon, late] = [
  '2026-11-01T11:00:00Z',
  '2026-11-01T12:00:00Z',
  '2026-11-01T13:00:00Z',
];
const taken = { text, ourMessageId: toWireId(id), receivedAt: noon };

const row = (status: string): StoredRow => ({
  id,
  status,
  content: text,
  leased: false,
  texts: 1,
  said: text,
});

const tell = (word: Word, at = late, othersWentOn = false) => ({ word, at, othersWentOn });
const judged = (changes: Partial<Evidence>) =>
  judge({
    rows: [row('sent')],
    taken: [taken],
    told: [tell({ type: 'sent', text })],
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
    ['it failed, and was not taken', { rows: [row('failed')], taken: [], told: [tell(refused)] }],
    ['it is unknown, and was taken', { rows: [row('unknown')], told: [tell({ type: 'nothing' })] }],
    ['it is unknown, and was not taken', { rows: [row('unknown')], taken: [], told: [] }],
    ['nobody knows of it', { rows: [], taken: [], told: [tell(outage)], promised: false }],
    ['it had failed before another client had it sent', { told: [tell(refused, early, true)] }],
    ['an outage came after a request that sent it', { told: [tell(outage)] }],
  ])('finds nothing when %s', (_, evidence) => {
    expect(judged(evidence)).toEqual(holds);
  });

  it.each<readonly [string, Partial<Evidence>]>([
    ['it is left queued', { rows: [row('queued')], taken: [], told: [] }],
    ['it is left in sending', { rows: [row('sending')], told: [] }],
    ['it was promised, and is not there', { rows: [], taken: [], told: [] }],
  ])('finds it lost when %s', (_, evidence) => {
    expect(judged(evidence).lost).not.toBeNull();
  });

  it('finds it sent twice when a vendor took it twice', () => {
    expect(judged({ taken: [taken, taken] }).twice).toBe(true);
  });

  it.each<readonly [string, Partial<Evidence>]>([
    ['a client was told sent, and it was not taken', { rows: [row('unknown')], taken: [] }],
    ['the row is sent, and it was not taken', { taken: [], told: [] }],
    ['the row is failed, and it was taken', { rows: [row('failed')], told: [] }],
    ['a client was told failed, and it was taken', { told: [tell(refused)] }],
    ['a client was told failed after it was taken', { told: [tell(refused, late, true)] }],
    ['a client was told failed, and nobody asked on', { told: [tell(refused, early)] }],
    ['nobody was told anything but an outage', { told: [tell(outage)], doubtful: false }],
    ['another text was taken', { taken: [{ ...taken, text: 'Bye' }], told: [] }],
    ['a client was told of another text', { told: [tell({ type: 'sent', text: 'Bye' })] }],
    ['it was taken, and there is no row', { rows: [], told: [], promised: false }],
  ])('finds a lie when %s', (_, evidence) => {
    expect(judged(evidence).lies).not.toEqual([]);
  });
});
