import { describe, expect, test } from 'vitest';
import { identifyRequest } from '../../src/core/send/identify-request.ts';
import type { Content } from '../../src/ports/content.ts';

const request = {
  conversationRef: 'conv_abc123',
  channel: 'email',
  content: { text: 'Your table is ready.' },
  agentId: null,
  subject: 'Table',
  repliedMessageId: 'm-1',
} as const;
const task = { ...request, agentId: 'a1b2c3d4-e5f6-7890-abcd-ef1234567890' };

/** A message with parts that later versions add. */
const withParts = (parts: object) => {
  const content: Content = { ...request.content, ...parts };
  return { ...request, content };
};

const hashOf = async (parts: object) =>
  (await identifyRequest(withParts(parts), 'key-1')).requestHash;
const taskHashOf = async (parts: object) =>
  (await identifyRequest({ ...withParts(parts), agentId: task.agentId }, null)).taskHash;

describe('what an idempotency key stands for', () => {
  // These hashes are stored with messages. If they changed, replays would be refused.
  test('stays the same hash for a request without parts', async () => {
    expect(await identifyRequest(request, 'key-1')).toEqual({
      key: 'key-1',
      requestHash:
        '77f47cb2c90796c4e9476c5ebff43b851cb0423979a7064179d1d86e234d2447:d191ee7bb6f29ffc571392c01c640483b2cce037a6f55b73466e6ad1a256b356',
      taskHash: null,
    });
    expect(await identifyRequest(task, null)).toEqual({
      key: null,
      requestHash: null,
      taskHash: 'ae810b5c1ac544974d9532dd546d924d7e3ba1592775b39a466b04fb21ccca73',
    });
    expect(await hashOf({ template: undefined })).toBe(await hashOf({}));
  });

  test('is another with each part and each value of it, in the key that is derived as well', async () => {
    const all = [{}, { a: 1 }, { a: 2 }, { b: 1 }, { a: [1, 2] }, { a: [2, 1] }, { a: { b: 1 } }];
    for (const of of [hashOf, taskHashOf]) {
      expect(new Set(await Promise.all(all.map(of))).size).toBe(all.length);
    }
    for (const half of [0, 1]) {
      const halves = await Promise.all(
        all.map(async (part) => (await hashOf(part))?.split(':')[half]),
      );
      expect(new Set(halves).size).toBe(all.length);
    }
  });

  test('does not depend on the order of the keys, at any depth', async () => {
    const one = { a: 1, b: [{ c: 'x', d: { e: null, f: 2 } }] };
    const other = { b: [{ d: { f: 2, e: null }, c: 'x' }], a: 1 };
    for (const of of [hashOf, taskHashOf]) expect(await of(other)).toBe(await of(one));
  });
});
