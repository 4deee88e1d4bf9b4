import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { demoData } from '../../dev/demo-data.ts';
import { publicUrl } from '../../dev/machine/host-environment.ts';
import { createBackground } from '../../functions/background.ts';
import { countCalls } from '../../functions/count-calls.ts';
import { hostIo } from '../../functions/host-io.ts';
import type { Fetch } from '../../src/ports/io.ts';
import { type Api, basePath, manual, startApi, written } from '../support/api.ts';
import { connectionLost, createUnreliableDatabase } from '../support/unreliable-database.ts';
import { metaCall, resendCall } from '../support/webhook-requests.ts';

/** As on Cloudflare's free plan. */
const limit = 50;
let api: Api;
/** Calls beyond the limit. Cloudflare throws at each. */
let refused = 0;
let mostMade = 0;
/** Whether the first response of the database to each call gets lost. */
let losesFirst = false;
const heard = new Set<string>();

const way = createUnreliableDatabase(() => api.database.url);
let counted: ReturnType<typeof countCalls>;
const around = (route: Fetch): Fetch => {
  const network = way.around(route);
  counted = countCalls({
    ...hostIo,
    fetch: async (url, init) => {
      const left = counted.io.callsLeft?.() ?? 0;
      mostMade = Math.max(mostMade, limit - left);
      if (left < 0) {
        refused += 1;
        throw new Error('Too many subrequests.');
      }
      const response = await network(url, init);
      const call = `${url} ${String(init?.body)}`;
      if (!losesFirst || !url.startsWith(api.database.url) || heard.has(call)) return response;
      heard.add(call);
      await response.body?.cancel();
      throw connectionLost();
    },
  });
  return counted.io.fetch;
};

const logs: Readonly<Record<string, unknown>>[] = [];
beforeAll(async () => {
  api = await startApi({
    env: { PUBLIC_URL: publicUrl },
    around,
    io: {
      callsLeft: () => counted.io.callsLeft?.() ?? 0,
      log: (_level, fields) => logs.push(fields),
    },
  });
  const second = demoData.twilio.secondPhoneNumber;
  await api.database.query(
    `insert into public.senders (sub_account_id, connection_id, channel, address, address_key, priority)
     select sub_account_id, connection_id, 'sms', '${second}', '${second}', 200
     from public.senders where channel = 'sms'`,
  );
});
beforeEach(async () => {
  way.reset();
  losesFirst = false;
  api.reset();
  await api.database.query(`
    delete from public.messages;
    update public.senders set failures = 0, rests_until = null, answering_agent_id = null`);
  refused = 0;
  mostMade = 0;
  logs.length = 0;
});
afterAll(() => api.stop());

/** One invocation: a request, and the work that goes on after its response. */
const invoke = async (path: string, init: RequestInit, mayMake = limit) => {
  const { waitUntil, drain } = createBackground();
  return counted.invoke(mayMake, async () => {
    const response = await api.app.request(`${basePath}${path}`, init, { waitUntil });
    await drain();
    return response;
  });
};

const sweep = async () => {
  const headers = { 'x-cron-secret': demoData.cronSecret };
  const response = await invoke('/jobs/sweep', { method: 'POST', headers });
  expect(response.status).toBe(200);
};

/** Stores messages on a host that stops before it sends them. */
const queue = async (count: number, body: object) => {
  for (const _ of Array.from({ length: count })) {
    const headers = {
      'x-api-key': demoData.apiKey,
      'content-type': 'application/json',
      prefer: 'respond-async',
    };
    const init = { method: 'POST', headers, body: JSON.stringify(body) };
    const stopping = { stopping: () => true };
    expect((await api.app.request(`${basePath}/send-message`, init, stopping)).status).toBe(202);
  }
};

const statuses = async () => {
  const rows = await api.database.query(
    `select status, count(*)::int as n from public.messages
      where sender_type <> 'contact' group by 1 order by 1`,
  );
  return Object.fromEntries(rows.map(({ status, n }) => [String(status), n]));
};
const makeDue = () =>
  api.database.query(
    "update public.messages set due_at = now() - interval '1 s' where status = 'queued'",
  );

/** How many sweeps it took until no message was queued any more. */
const sweepAll = async () => {
  for (let sweeps = 1; sweeps < 60; sweeps += 1) {
    await sweep();
    if (!('queued' in (await statuses()))) return sweeps;
    await makeDue();
  }
  return null;
};

const expectAllSentOnce = async (count: number) => {
  expect(await statuses()).toEqual({ sent: count });
  const ids = api.vendors.sent().map(({ ourMessageId }) => ourMessageId);
  expect(new Set(ids).size).toBe(count);
  expect(ids).toHaveLength(count);
  expect(refused).toBe(0);
};

describe('a host that may make fifty calls in one invocation', { timeout: 90_000 }, () => {
  it('sends forty queued messages in several sweeps, each of them once', async () => {
    await queue(40, manual);
    const sweeps = await sweepAll();
    await expectAllSentOnce(40);
    expect(sweeps).toBeLessThanOrEqual(5);
    expect(mostMade).toBeGreaterThan(25);
    expect(logs.filter(({ few_calls_left }) => few_calls_left)).not.toEqual([]);
  });

  it('sends those that agents write, although a model’s first text is too long', async () => {
    await queue(8, written);
    api.model.always({ type: 'reply', text: `${'A long sentence. '.repeat(200)}` });
    await sweepAll();
    await expectAllSentOnce(8);
  });

  it('sends them although the first response of the database to each call is lost', async () => {
    await queue(20, manual);
    losesFirst = true;
    await sweepAll();
    await expectAllSentOnce(20);
  });

  it('stores each outcome although the first senders refuse', async () => {
    await queue(20, manual);
    const fault = { host: 'api.twilio.com', type: 'status', status: 429, times: 40 } as const;
    api.vendors.fail(fault);
    await sweepAll();
    await expectAllSentOnce(20);
  });

  it('asks no other sender if it could not store the outcome any more, and says that it may be sent again', async () => {
    const fault = { host: 'api.twilio.com', type: 'status', status: 400, code: 21606 } as const;
    api.vendors.fail(fault);
    const headers = { 'x-api-key': demoData.apiKey, 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: JSON.stringify(manual) };
    const response = await invoke('/send-message', init, 9);
    expect(await response.json()).toMatchObject({
      error: { code: 'delivery_failed', retry: 'safe' },
    });
    expect(api.vendors.requests()).toHaveLength(1);
    expect(await statuses()).toEqual({ failed: 1 });
    expect(await (await invoke('/send-message', init, 10)).json()).toMatchObject({
      delivered: true,
    });
  });

  it('leaves to the sweeper the replies to a large call that it cannot write any more', async () => {
    await api.database.query(`
      update public.senders set answering_agent_id = '${demoData.agentId}' where channel = 'whatsapp';
      update public.agents set reply_pause_ms = 0`);
    const messages = Array.from({ length: 30 }, (_, index) => ({
      from: `1500555${String(2000 + index)}`,
      id: `wamid.${randomUUID()}`,
      timestamp: `${Math.floor(Date.now() / 1000)}`,
      type: 'text',
      text: { body: 'Are you open tomorrow?' },
    }));
    const metadata = { phone_number_id: demoData.meta.phoneNumberId };
    const value = { messaging_product: 'whatsapp', metadata, messages };
    const changes = [{ field: 'messages', value }];
    const { path, ...call } = metaCall({
      object: 'whatsapp_business_account',
      entry: [{ id: '1', changes }],
    });
    expect((await invoke(path, call)).status).toBe(200);
    const after = await statuses();
    expect(after.sent).toBeGreaterThan(0);
    expect(after).toEqual({ sent: after.sent, queued: 30 - Number(after.sent) });
    await sweepAll();
    await expectAllSentOnce(30);
  });

  it('does jobs in one part of its calls, and sends messages in the other', async () => {
    way.failing = 'claim_jobs';
    for (const _ of Array.from({ length: 20 })) {
      const id = randomUUID();
      const data = { email_id: id, from: 'Jane <jane@example.com>', to: [demoData.resend.from] };
      const payload = { type: 'email.received', created_at: new Date().toISOString(), data };
      const { path, ...call } = resendCall(payload, id, Math.floor(Date.now() / 1000));
      expect((await invoke(path, call)).status).toBe(200);
    }
    way.failing = '';
    await queue(3, manual);
    refused = 0;
    await api.database.query("update public.jobs set due_at = now() - interval '1 s'");
    await sweep();
    expect(await statuses()).toEqual({ sent: 3 });
    const left = await api.database.query(
      'select count(*)::int as n from public.jobs where tries = 0',
    );
    expect(left[0]?.n).toBeLessThan(20);
    expect(left[0]?.n).toBeGreaterThan(0);
    expect(refused).toBe(0);
  });
});
