import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manualSend } from '../../bench/load/requests.ts';
import { threeCallsTo } from '../../bench/load/subjects.ts';
import { createThreeCallsApp } from '../../bench/load/three-calls/app.ts';
import { overFetch } from '../../bench/load/three-calls/over-fetch.ts';
import { type Stack, startStack } from '../../dev/stack.ts';

type Call = { readonly path: string; readonly sent: number; readonly answered: number };

let stack: Stack;
let calls: Call[] = [];

const takeCalls = (): Call[] => {
  const taken = calls;
  calls = [];
  return taken;
};

beforeAll(async () => {
  stack = await startStack({
    aroundFetch: (fetch) => async (url, init) => {
      const response = await fetch(url, init);
      const answered = (await response.clone().text()).length;
      calls.push({ path: new URL(url).pathname, sent: String(init?.body).length, answered });
      return response;
    },
  });
});

afterAll(() => stack.stop());

describe('the three calls of the bench', () => {
  it('are those of a manual send: to the same addresses, with nearly as many bytes there and back', async () => {
    const init = { method: 'POST', headers: manualSend.headers, body: manualSend.body };
    expect((await fetch(`${stack.apiUrl}/send-message`, init)).status).toBe(200);
    const ours = takeCalls();
    const settings = threeCallsTo(stack.database.url, 'https://api.twilio.com');
    const app = createThreeCallsApp(settings, overFetch(stack.fetch), '');
    expect((await app.request('/send-message', init)).status).toBe(200);
    const theirs = takeCalls();

    expect(theirs.map(({ path }) => path)).toEqual(ours.map(({ path }) => path));
    expect(theirs).toHaveLength(3);
    for (const [index, { sent, answered }] of theirs.entries()) {
      const own = ours[index];
      if (!own) throw new Error('The same number of calls was expected.');
      expect(Math.abs(answered - own.answered)).toBeLessThan(20);
      expect(sent / own.sent).toBeGreaterThan(0.8);
      expect(sent / own.sent).toBeLessThan(1.1);
    }
  });
});
