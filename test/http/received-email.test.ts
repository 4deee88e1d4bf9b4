import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { demoData } from '../../dev/demo-data.ts';
import { publicUrl } from '../../dev/machine/host-environment.ts';
import { newMessageId } from '../../src/lib/message-id.ts';
import { sleep } from '../../src/lib/sleep.ts';
import type { Fetch } from '../../src/ports/io.ts';
import { type Api, manual, startApi } from '../support/api.ts';
import { resendCall } from '../support/webhook-requests.ts';

type Answer = () => Response | Promise<Response>;

let api: Api;
/** Resend's response when it is asked for an email. */
let answer: Answer;
/** How many milliseconds the function's clock is ahead. */
let passed = 0;
const around =
  (fetch: Fetch): Fetch =>
  async (url, init) =>
    url.includes('/emails/receiving/') ? answer() : fetch(url, init);

beforeAll(async () => {
  const now = () => Date.now() + passed;
  api = await startApi({ env: { PUBLIC_URL: publicUrl }, around, io: { now } });
});
beforeEach(async () => {
  await api.drain();
  await api.database.query("delete from public.messages where sender_type = 'contact'");
  api.reset();
  passed = 0;
});
afterAll(() => api.stop());

/** Resend's call for a new email. The function asks for the text after its response. */
const receive = async (from = 'jane@example.com') => {
  const id = newMessageId();
  const data = {
    email_id: id,
    from: `Jane <${from}>`,
    to: [demoData.resend.from],
    subject: 'A question',
    message_id: `<${id}@mail.example.com>`,
  };
  const payload = { type: 'email.received', created_at: new Date().toISOString(), data };
  const { path, method, headers, body } = resendCall(payload, id, Math.floor(Date.now() / 1000));
  expect(await api.request(path, { method, headers, body })).toMatchObject({ status: 200 });
  return id;
};

const contentOf = async (id: string) => {
  const found = await api.database.query(
    `select content from public.messages where provider_message_id = '${id}'`,
  );
  return found[0]?.content;
};

const sweepWhenDue = async () => {
  await api.database.query(`
    update public.messages set due_at = now() - interval '1 s' where status = 'queued';
    update public.jobs set due_at = now() - interval '1 s'`);
  return api.sweep();
};

const failures = () => api.logs.filter(({ event }) => event === 'text_not_fetched');

describe('the text of an email that came in', () => {
  it('is stored although its JSON is over 1 MiB', async () => {
    const html = `<p>Please call me.</p>${'<div>quoted</div>'.repeat(100_000)}`;
    answer = () => Response.json({ text: 'Please call me.', html });
    const id = await receive();
    await api.drain();
    expect(await contentOf(id)).toBe('Please call me.');
    expect(failures()).toEqual([]);
  });

  it('leaves a line in the log each time that it is refused, and an error the last time', async () => {
    const message = 'This API key is restricted, jane@example.com';
    answer = () => Response.json({ name: 'restricted_api_key', message }, { status: 401 });
    const id = await receive();
    await api.drain();
    for (let turn = 0; turn < 9; turn += 1) await sweepWhenDue();
    const line = {
      event: 'text_not_fetched',
      message_id: expect.stringMatching(/^msg_/),
      connection_id: demoData.connectionIds.resend,
      provider: 'resend',
      reason: 'refused',
      status: 401,
      code: 'restricted_api_key',
    };
    const early = Array.from({ length: 7 }, () => ({ level: 'warn', ...line, given_up: false }));
    expect(failures()).toEqual([...early, { level: 'error', ...line, given_up: true }]);
    expect(await contentOf(id)).toBeNull();
    expect(JSON.stringify(api.logs)).not.toContain('jane');
  });

  it('is asked for again after a failure', async () => {
    answer = () => Promise.reject(new TypeError('fetch failed'));
    const id = await receive();
    await api.drain();
    expect(failures()).toMatchObject([{ level: 'warn', reason: 'no_answer', status: null }]);
    answer = () => Response.json({ text: 'Hi' });
    await sweepWhenDue();
    expect(await contentOf(id)).toBe('Hi');
    expect(failures()).toHaveLength(1);
  });

  describe('when many are due', () => {
    const emails = 11;
    const receiveMany = async () => {
      answer = () => Response.json({}, { status: 503 });
      const ids: string[] = [];
      for (let count = 0; count < emails; count += 1) ids.push(await receive());
      await api.drain();
      return ids;
    };
    const countMissing = async (ids: readonly string[]) =>
      (await Promise.all(ids.map(contentOf))).filter((content) => content === null).length;

    it('is fetched of all of them in one sweep, two at a time', async () => {
      const ids = await receiveMany();
      let underWay = 0;
      const seen: number[] = [];
      answer = async () => {
        underWay += 1;
        seen.push(underWay);
        await sleep(20);
        underWay -= 1;
        return Response.json({ text: 'Hi' });
      };
      await sweepWhenDue();
      expect(await countMissing(ids)).toBe(0);
      expect(seen).toHaveLength(emails);
      expect(Math.max(...seen)).toBe(2);
    });

    it('is asked for once in a sweep, whatever the provider answers', async () => {
      await receiveMany();
      const before = failures().length;
      await sweepWhenDue();
      expect(failures()).toHaveLength(before + emails);
    });

    it('leaves time for what is queued', async () => {
      const ids = await receiveMany();
      api.vendors.fail({ host: 'api.twilio.com', type: 'status', status: 503 });
      await api.send(manual, { prefer: 'respond-async' });
      await api.drain();
      answer = () => {
        passed += 5_000;
        return Response.json({ text: 'Hi' });
      };
      expect(await sweepWhenDue()).toMatchObject({ body: { sent: 1 } });
      expect(await countMissing(ids)).toBe(emails - 2);
    });
  });
});
