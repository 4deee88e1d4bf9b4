import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, startDatabase } from '../../dev/database.ts';
import { sendMessageBody } from '../../src/http/send-message.ts';
import { blocksOf, readDocument } from './markdown.ts';

const guide = await readDocument('docs/n8n.md');

const evaluate = (expression: string, json: object): unknown =>
  runInNewContext(expression, { $json: json });

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

describe('the conditions of docs/n8n.md', () => {
  const inbound = { status: 'received', content: 'Hello', due_at: null };
  const waiting = { status: 'received', content: null, due_at: '2026-11-01T00:00:00Z' };
  const asked = { ...waiting, due_at: null };
  const sent = { status: 'sent', content: 'Hello', due_at: null };
  const is = (what: string, record: object, old_record: object | null = null): boolean =>
    Boolean(evaluate(conditionOf(what), { body: { record, old_record } }));

  it.each([
    ['a text that comes with its message', inbound, null, true],
    ['an email without its text', waiting, null, false],
    ['an email that is being fetched', asked, waiting, false],
    ['the text of an email', inbound, asked, true],
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
