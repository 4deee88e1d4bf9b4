import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createPhones } from '../../dev/phones/front.ts';
import { type Stack, startStack } from '../../dev/stack.ts';

const patience = { timeout: 10_000 };

describe('the events of the phone page', () => {
  let stack: Stack;
  let events: string;
  let asked = 0;
  let isBroken = false;
  beforeAll(async () => {
    stack = await startStack({
      front: (parts) => {
        const database: Stack['database'] = {
          ...parts.database,
          get url() {
            asked += 1;
            if (isBroken) throw new Error('The database is gone.');
            return parts.database.url;
          },
        };
        return createPhones({ ...parts, database });
      },
    });
    events = `${new URL(stack.apiUrl).origin}/phones/events`;
  });
  afterAll(() => stack.stop());

  const expectQuiet = async () => {
    await sleep(400);
    const before = asked;
    await sleep(1000);
    expect(asked).toBe(before);
  };

  test('ask the database while somebody listens, and not after that', async () => {
    await expectQuiet();
    const left = new AbortController();
    const { body } = await fetch(events, { signal: left.signal });
    const reading = body?.pipeTo(new WritableStream()).catch(() => undefined);
    const before = asked;
    await expect.poll(() => asked - before, patience).toBeGreaterThan(3);
    left.abort();
    await reading;
    await expectQuiet();
  });

  test('ask it nothing for one who wants the headers only', async () => {
    const { status, headers } = await fetch(events, { method: 'HEAD' });
    expect([status, headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    await expectQuiet();
  });

  test('say which start of the server they tell of', async () => {
    const startOf = async (url: string): Promise<string> => {
      const left = new AbortController();
      const { body } = await fetch(url, { signal: left.signal });
      let text = '';
      for await (const chunk of body ?? []) {
        text += new TextDecoder().decode(chunk);
        if (text.includes('event: surroundings')) break;
      }
      left.abort();
      return /^event: start\ndata: "(.+)"$/m.exec(text)?.[1] ?? '';
    };
    const start = await startOf(events);
    expect(start).not.toBe('');
    expect(await startOf(events)).toBe(start);
    const other = await startStack({ front: createPhones });
    expect(await startOf(`${new URL(other.apiUrl).origin}/phones/events`)).not.toBe(start);
    await other.stop();
  });

  test('end where they cannot go on, and the terminal tells why', async () => {
    const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    isBroken = true;
    await (await fetch(events)).text();
    isBroken = false;
    expect(told.mock.calls.join()).toContain('The database is gone.');
    told.mockRestore();
  });
});
