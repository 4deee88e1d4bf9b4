import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { demoData } from '../../dev/demo-data.ts';
import { newMessageId } from '../../src/lib/message-id.ts';
import type { Fetch } from '../../src/ports/io.ts';
import { type Api, startApi } from '../support/api.ts';
import { publicUrl } from '../support/host-environment.ts';
import { resendCall } from '../support/webhook-requests.ts';

type Answer = () => Response | Promise<Response>;

let api: Api;
/** What Resend says when it is asked for an email. */
let answer: Answer;
const around =
  (fetch: Fetch): Fetch =>
  async (url, init) =>
    url.includes('/emails/receiving/') ? answer() : fetch(url, init);

beforeAll(async () => {
  api = await startApi({ env: { PUBLIC_URL: publicUrl }, around });
});
beforeEach(async () => {
  await api.drain();
  await api.database.query("delete from public.messages where sender_type = 'contact'");
  api.reset();
});
afterAll(() => api.stop());

/** Resend's call for a new email, whose text it is asked for after the answer. */
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
  await api.database.query(
    "update public.messages set due_at = now() - interval '1 s' where status = 'received' and due_at is not null",
  );
  await api.sweep();
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
});
