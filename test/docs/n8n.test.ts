import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, startDatabase } from '../../dev/database.ts';
import { sendMessageBody, sendMessageHeaders } from '../../src/http/send-message.ts';
import { blocksOf, readDocument } from './markdown.ts';

const guide = await readDocument('docs/n8n.md');

const evaluate = (expression: string, json: object, others: object = {}): unknown =>
  runInNewContext(expression, { $json: json, ...others });

const conditionOf = (what: string): string =>
  new RegExp(`^\\| ${what} \\| \`\\{\\{ (.*) \\}\\}\` \\|$`, 'm').exec(guide)?.[1] ?? 'missing';

describe('the body of docs/n8n.md', () => {
  it('is a request, whatever the text has in it', () => {
    const body = blocksOf(guide).find(({ text }) => text.startsWith('{{'))?.text ?? '';
    const text = 'She said: "Thursday"\r\nat 10 \\ 11';
    const made = evaluate(body.trim().slice(2, -2), { text, conversation_id: 'conv_abc123' });
    expect(sendMessageBody.parse(JSON.parse(String(made)))).toMatchObject({
      content: text,
      conversation_id: 'conv_abc123',
    });
  });
});

describe('the keys of docs/n8n.md', () => {
  type Run = { readonly day?: string; readonly execution?: string; readonly item?: number };
  /** Fills in a value with expressions, like n8n. */
  const fill = (
    value: string,
    json: object,
    { day = '20261101', execution = '1', item = 0 }: Run,
  ) =>
    value.replaceAll(/\{\{ (.*?) \}\}/g, (_, expression: string) =>
      String(
        evaluate(expression, json, {
          $execution: { id: execution },
          $itemIndex: item,
          $now: { toFormat: (format: string) => (format === 'yyyyMMdd' ? day : 'unknown') },
        }),
      ),
    );
  const data = { appointment_id: 17, starts_at: '2026-11-05T10:00:00.000Z' };
  const named = /\| Send Headers \| `Idempotency-Key`: `(.*?)`/.exec(guide)?.[1] ?? '';
  const numbered = /^ *\| key \| `(.*)` \|$/m.exec(guide)?.[1] ?? '';

  it('are made of the data’s own id first: the same in every run, another one for another thing', () => {
    const key = fill(named, data, {});
    expect(key).toBe('reminder-17');
    expect(fill(named, data, { day: '20261102', execution: '9', item: 4 })).toBe(key);
    expect(fill(named, { ...data, appointment_id: 18 }, {})).not.toBe(key);
  });

  it('else of the installation, the day, the execution and the item', () => {
    const runs = [{}, { day: '20261102' }, { execution: '2' }, { item: 1 }] as const;
    const keys = runs.map((run) => fill(numbered, {}, run));
    expect(keys[0]).toBe('acme-live-20261101-1-0');
    expect(new Set(keys).size).toBe(runs.length);
  });

  it('are keys that the API takes', () => {
    for (const key of [fill(named, data, {}), fill(numbered, {}, {})]) {
      expect(sendMessageHeaders.parse({ 'idempotency-key': key })['idempotency-key']).toBe(key);
    }
  });

  it('are nowhere a count that begins again', () => {
    const counted = [...guide.matchAll(/`([^`\n]*\$execution\.id[^`\n]*\}\}[^`\n]*)`/g)];
    const advised = counted.filter(({ index }) => !/Never $/.test(guide.slice(0, index).slice(-6)));
    expect(counted.length - advised.length).toBe(1);
    expect(advised.map(([, value]) => value)).toEqual([numbered]);
  });
});

describe('the conditions of docs/n8n.md', () => {
  it.each([
    ['a first answer', {}, false, false],
    ['a node that ran twice', { age: '3' }, false, true],
    ['a key of last week', { age: '604800' }, true, true],
  ] as const)('tell what is no news: %s', (_, { age }: { readonly age?: string }, old, before) => {
    const replay = { 'idempotent-replayed': 'true', 'idempotent-replayed-age': age };
    const answer = { statusCode: 200, headers: age === undefined ? {} : replay, body: {} };
    expect(evaluate(conditionOf('an old response'), answer)).toBe(old);
    expect(evaluate(conditionOf('a response given before'), answer)).toBe(before);
  });

  const inbound = { status: 'received', content: 'Hello', awaits_text: false };
  const waiting = { status: 'received', content: null, awaits_text: true };
  const givenUp = { ...waiting, awaits_text: false };
  const sent = { status: 'sent', content: 'Hello', awaits_text: false };
  const is = (what: string, record: object, old_record: object | null = null): boolean =>
    Boolean(evaluate(conditionOf(what), { body: { record, old_record } }));

  it.each([
    ['a text that comes with its message', inbound, null, true],
    ['an email without its text', waiting, null, false],
    ['an email whose text is given up', givenUp, waiting, false],
    ['the text of an email', inbound, waiting, true],
    ['another change of a received message', inbound, inbound, false],
    ['what was sent', sent, null, false],
  ])('tell whether a contact wrote: %s', (_, record, before, expected) => {
    expect(is('a contact wrote', record, before)).toBe(expected);
  });

  it('tell whether a status changed', () => {
    expect(is('a status changed', { ...sent, status: 'delivered' }, sent)).toBe(true);
    expect(is('a status changed', sent, sent)).toBe(false);
    expect(is('a status changed', sent)).toBe(false);
  });
});

describe('the columns of docs/n8n.md', () => {
  let database: Database;
  beforeAll(async () => {
    database = await startDatabase();
  });
  afterAll(() => database?.stop());

  it('are columns of public.messages', async () => {
    const rows = await database.query(
      "select column_name from information_schema.columns where table_schema = 'public' and table_name = 'messages'",
    );
    const columns = rows.map(({ column_name }) => column_name);
    const named = [...guide.matchAll(/record\.(\w+)/g)].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(5);
    expect(columns).toEqual(expect.arrayContaining(named));
  });
});
