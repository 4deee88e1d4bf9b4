import { describe, expect, test } from 'vitest';
import { findOurIds, readThreadIds, toEmailMessageId } from '../../src/lib/email-thread.ts';
import { newMessageId, toWireId } from '../../src/lib/message-id.ts';

const id = 'msg_01jdw1q5s0e9ra2zj3mcyrqz8k';

describe('the Message-ID of an email', () => {
  test.each([
    ['Acme <hello@Acme.example>', 'acme.example'],
    ['hello@acme.example', 'acme.example'],
    ['"a@b" <hello@mail.acme.example> ', 'mail.acme.example'],
    ['nobody', 'crm-api.invalid'],
    ['hello@acme.example>\r\nBcc: all@', 'crm-api.invalid'],
    ['hello@münchen.example', 'crm-api.invalid'],
  ])('is in the domain of the sender: %j', (from, domain) => {
    expect(toEmailMessageId(id, from)).toBe(`<${id}@${domain}>`);
  });

  test('gives our id to everybody who replies', () => {
    const wireId = toWireId(newMessageId());
    const thread = readThreadIds(`<a@b.example>\r\n ${toEmailMessageId(wireId, 'a@b.example')}`);
    expect(findOurIds(thread)).toEqual([wireId]);
  });

  test('is found among others, each once', () => {
    const ours = `<${id}@acme.example>`;
    const others = ['<a@b.example>', `<x${id}@b>`, `x<${id}@b>`, `<${id}>`, '<msg_1@b>', '', id];
    expect(findOurIds(others)).toEqual([]);
    expect(findOurIds([...others, ours, ours])).toEqual([id]);
  });
});

describe('the ids of a thread', () => {
  test('are what stands between angle brackets', () => {
    expect(readThreadIds('<a@b> (comment) <c@d>\t<e f@g> <> h@i')).toEqual(['<a@b>', '<c@d>']);
  });

  test('are forty at most, the first and the last of them', () => {
    const all = Array.from({ length: 1000 }, (_, index) => `<${index}@b>`);
    const read = readThreadIds(all.join(' '));
    expect(read).toHaveLength(40);
    expect([read[0], read.at(-1)]).toEqual(['<0@b>', '<999@b>']);
  });
});
