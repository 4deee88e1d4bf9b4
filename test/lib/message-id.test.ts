import { afterEach, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { newMessageId, parseWireId, toWireId } from '../../src/lib/message-id.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const make = (number: number) => Array.from({ length: number }, newMessageId);

it('a message id is a UUIDv7 with the time in it', () => {
  const before = Date.now();
  const id = newMessageId();
  expect(z.uuidv7().safeParse(id).success).toBe(true);
  const stamp = Number.parseInt(id.replace('-', '').slice(0, 12), 16);
  expect(stamp).toBeGreaterThanOrEqual(before);
});

it('message ids sort as they were made, in one millisecond and when the clock is set back', () => {
  const clock = vi.spyOn(Date, 'now');
  const now = Date.now() + 1_000;
  clock.mockReturnValue(now);
  const atOnce = make(10_000);
  clock.mockReturnValue(now - 500);
  const ids = [...atOnce, ...make(10)];
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.every((id) => z.uuidv7().safeParse(id).success)).toBe(true);
});

it('a message id is the same on its way to the wire and back', () => {
  const id = newMessageId();
  expect(toWireId(id)).toMatch(/^msg_[0-7][0-9a-z]{25}$/);
  expect(parseWireId(toWireId(id))).toBe(id);
});
