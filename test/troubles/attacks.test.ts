import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { demoData } from '../../dev/demo-data.ts';
import { publicUrl } from '../../dev/machine/host-environment.ts';
import type { Fetch } from '../../src/ports/io.ts';
import { type Api, manual, startApi } from '../support/api.ts';
import { holdBodies } from '../support/hold-bodies.ts';
import { metaCall, resendCall, smsCall, twilioCall } from '../support/webhook-requests.ts';

const { connectionIds, contact, meta } = demoData;

let api: Api;
/** The database's errors instead of results, counted from the next call of record_webhook. */
let faults: (Response | null)[] = [];
const around =
  (fetch: Fetch): Fetch =>
  async (url, init) => {
    const fault = url.includes('/rpc/record_webhook') ? faults.shift() : null;
    return fault ? fault.clone() : fetch(url, init);
  };

beforeAll(async () => {
  api = await startApi({ env: { PUBLIC_URL: publicUrl }, around });
});
beforeEach(() => api.reset());
afterEach(() => {
  faults = [];
});
afterAll(() => api.stop());

const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const now = () => `${Math.floor(Date.now() / 1000)}`;

type Written = { readonly id: string; readonly from?: string; readonly text?: string };

/** One call of Meta's with that many WhatsApp messages. */
const whatsappCall = (messages: readonly Written[]) =>
  metaCall({
    object: 'whatsapp_business_account',
    entry: [
      {
        id: '1',
        changes: [
          {
            field: 'messages',
            value: {
              messaging_product: 'whatsapp',
              metadata: { phone_number_id: meta.phoneNumberId },
              messages: messages.map(({ id, from = contact.whatsappNumber, text = 'Hello' }) => ({
                from: from.replace('+', ''),
                id,
                timestamp: now(),
                type: 'text',
                text: { body: text },
              })),
            },
          },
        ],
      },
    ],
  });

const post = ({ path, ...call }: ReturnType<typeof metaCall>) => api.request(path, call);

const stored = async (like: string): Promise<readonly unknown[]> => {
  const rows = await api.database.query(
    `select provider_message_id as id from public.messages where provider_message_id like '${like}'
      and sender_type = 'contact' order by created_at, id`,
  );
  return rows.map(({ id }) => id);
};

/** A body that reports when it is read. */
const watchedBody = (chunk: Uint8Array, count = 1) => {
  const seen = { reads: 0 };
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        seen.reads += 1;
        controller.enqueue(chunk);
        if (seen.reads >= count) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  return { seen, init: { method: 'POST', body, duplex: 'half' } as const };
};

describe('a call of a stranger', () => {
  it.each([
    ['an unknown provider', `/webhooks/nobody/${randomUUID()}`],
    ['an unknown connection', `/webhooks/twilio/${randomUUID()}`],
    ['another provider’s connection', `/webhooks/twilio/${connectionIds.meta}`],
    ['what is no id', '/webhooks/twilio/1'],
  ])('is answered 404 before its body is read: %s', async (_, path) => {
    const { seen, init } = watchedBody(new Uint8Array(1024));
    expect(await api.request(path, init)).toMatchObject({ status: 404 });
    expect(seen.reads).toBe(0);
  });

  it.each([
    ['twilio', 64],
    ['meta', 4096],
    ['resend', 1024],
  ] as const)(
    'is refused where it is larger than %s sends, its length known or not',
    async (provider, kib) => {
      const path = `/webhooks/${provider}/${connectionIds[provider]}`;
      const said = {
        method: 'POST',
        headers: { 'content-length': `${kib * 1024 + 1}` },
        body: 'x',
      };
      expect(await api.request(path, said)).toMatchObject({ status: 413 });
      const { seen, init } = watchedBody(new Uint8Array(32 * 1024), 1000);
      const answer = await api.request(path, init);
      expect(answer).toMatchObject({
        status: 413,
        body: { error: { message: expect.stringContaining(`${kib} KiB`) } },
      });
      expect(seen.reads).toBeLessThanOrEqual(kib / 32 + 2);
    },
  );

  it('is not believed where it has more parameters than Twilio sends, however it is signed', async () => {
    const fields = Object.fromEntries(range(600).map((index) => [`p${index}`, '']));
    expect(await post(twilioCall(fields))).toMatchObject({ status: 401 });
  });

  it('finds the connection whose id is written in capitals', async () => {
    const path = `/webhooks/twilio/${connectionIds.twilio.toUpperCase()}`;
    expect(await api.request(path, { method: 'POST', body: 'a=b' })).toMatchObject({ status: 401 });
    const { path: _, ...call } = twilioCall({ MessageSid: 'SM1', AccountSid: 'AC1' }, '', path);
    expect(await api.request(path, call)).toMatchObject({ status: 200 });
  });
});

describe('an upload that breaks off', () => {
  it.each(['/send-message', `/webhooks/meta/${connectionIds.meta}`])(
    'is no error of ours: %s',
    async (path) => {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(new Uint8Array(10));
          queueMicrotask(() => controller.error(new Error('aborted')));
        },
      });
      const headers = { 'x-api-key': demoData.apiKey, 'content-type': 'application/json' };
      const init = { method: 'POST', headers, body, duplex: 'half' } as const;
      expect(await api.request(path, init)).toMatchObject({ status: 400 });
      expect(api.logs).toMatchObject([{ level: 'info', status: 400 }]);
    },
  );
});

describe('more bodies than there is room for', () => {
  it('give way from the oldest on, so that those which nobody ends keep no other out', async () => {
    const breakOff = await holdBodies(api);
    const long = whatsappCall([{ id: 'wamid.meanwhile', text: 'x'.repeat(20_000) }]);
    expect(await post(long)).toMatchObject({ status: 200 });
    expect(await api.send({ ...manual, content: 'x'.repeat(1500) })).toMatchObject({ status: 200 });
    const { path: smsPath, body, ...sms } = smsCall('Hello', 'SM-while-busy');
    const length = { 'content-length': `${body?.length}` };
    const call = { ...sms, body, headers: { ...sms.headers, ...length } };
    expect(await api.request(smsPath, call)).toMatchObject({ status: 200 });

    const refused = await breakOff();
    expect(new Set(refused)).toEqual(new Set([400, 503]));
    // As many as there is room for are read on: the last ones.
    const first = refused.indexOf(400);
    expect(first).toBeGreaterThan(0);
    expect(new Set(refused.slice(first))).toEqual(new Set([400]));
    expect(
      await post(whatsappCall([{ id: 'wamid.after', text: 'x'.repeat(20_000) }])),
    ).toMatchObject({ status: 200 });
  });
});

describe('a signed call with too much in it', () => {
  it.each([
    ['400,000 entries', `[${'{},'.repeat(399_999)}{}]`],
    ['lists in lists', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
  ])('is refused whole: %s', async (_, entry) => {
    const body = `{"object":"whatsapp_business_account","entry":${entry}}`;
    const { path, ...call } = metaCall({}, body);
    expect(await api.request(path, call)).toMatchObject({ status: 400 });
    expect(await api.request(`${path}`, { ...call, body: '{}' })).toMatchObject({ status: 401 });
  });
});

describe('a call of which not all can be stored', () => {
  const refuse = (text: string, code: string) =>
    api.database.query(
      `create or replace function public.refuse_text() returns trigger language plpgsql as $$
        begin
          if new.content = '${text}' then raise exception 'no' using errcode = '${code}'; end if;
          return new;
        end $$;
      create or replace trigger refuse_text before insert on public.messages
        for each row execute function public.refuse_text();`,
    );
  afterEach(() => api.database.query('drop trigger if exists refuse_text on public.messages'));

  const optOutOf = async (address: string) => {
    const [row] = await api.database.query(
      `select opted_out_at is not null as out from public.contact_addresses where address = '${address}'`,
    );
    return row?.out;
  };

  it.each([
    ['22P05', 200, '201'],
    ['23514', 200, '202'],
    ['54000', 200, '203'],
    // These may be a fault of ours, so the vendor must call again, and then finds the others stored.
    ['XX000', 500, '204'],
    ['42883', 500, '205'],
    ['P0001', 500, '206'],
  ])('loses no neighbour, STOP included: %s', async (code, status, number) => {
    const stop = `+15005559${number}`;
    await refuse('poison', code);
    const call = whatsappCall([
      { id: `wamid.${code}-1` },
      { id: `wamid.${code}-2`, text: 'poison' },
      { id: `wamid.${code}-3`, from: stop, text: 'STOP' },
    ]);
    expect(await post(call)).toMatchObject({ status });
    expect(await stored(`wamid.${code}-%`)).toEqual([`wamid.${code}-1`, `wamid.${code}-3`]);
    expect(await optOutOf(stop)).toBe(true);
    expect(api.logs).toContainEqual({ level: 'error', event: 'event_rejected', code });
    expect(await post(call)).toMatchObject({ status });
    expect(await stored(`wamid.${code}-%`)).toHaveLength(2);
  });

  it.each(['40001', '40P01', '53200', '55P03', '57P01'])(
    'stores none and is called for again where time may cure it: %s',
    { timeout: 30_000 },
    async (code) => {
      await refuse('poison', code);
      const call = whatsappCall([
        { id: `wamid.${code}-1` },
        { id: `wamid.${code}-2`, text: 'poison' },
      ]);
      expect((await post(call)).status).toBeGreaterThanOrEqual(500);
      expect(await stored(`wamid.${code}-%`)).toEqual([]);
      await api.database.query('drop trigger refuse_text on public.messages');
      expect(await post(call)).toMatchObject({ status: 200 });
      expect(await stored(`wamid.${code}-%`)).toHaveLength(2);
    },
  );

  it('keeps an id that is longer than any index takes, and heeds the STOP under it', async () => {
    const id = Array.from({ length: 100 }, () => randomUUID()).join('');
    const from = '+15005559100';
    const call = whatsappCall([{ id: 'wamid.short' }, { id, from, text: 'STOP' }]);
    expect(await post(call)).toMatchObject({ status: 200 });
    expect(await optOutOf(from)).toBe(true);
    expect(await stored('wamid.short')).toHaveLength(1);
    expect(await post(call)).toMatchObject({ status: 200 });
    expect(await stored('sha256:%')).toHaveLength(1);
  });

  it('stores what came before a fault, and the rest when the vendor calls again, each once', async () => {
    const ids = range(250).map((index) => `wamid.large-${index}`);
    const call = whatsappCall(ids.map((id) => ({ id })));
    const away = Response.json({ code: 'PGRST001', message: 'x' }, { status: 503 });
    faults = [null, away, away, away];
    expect(await post(call)).toMatchObject({ status: 503 });
    expect(await stored('wamid.large-%')).toEqual(ids.slice(0, 100));
    expect(await post(call)).toMatchObject({ status: 200 });
    expect(await stored('wamid.large-%')).toEqual(ids);
  });

  it('takes one round trip as long as it is one of the usual', async () => {
    await post(whatsappCall([{ id: 'wamid.first' }]));
    api.databaseCalls.length = 0;
    await post(whatsappCall(range(100).map((index) => ({ id: `wamid.usual-${index}` }))));
    expect(api.databaseCalls.map((path) => path.split('/').at(-1))).toEqual(['record_webhook']);
  });
});

it('answers an email’s webhook whose ids, addresses and subject are absurd', async () => {
  const absurd = {
    type: 'email.received',
    created_at: new Date().toISOString(),
    data: {
      email_id: randomUUID(),
      from: `${'x'.repeat(400)}@example.com`,
      to: [demoData.resend.from],
      message_id: `<${'y'.repeat(3000)}@example.com>`,
      subject: 'z'.repeat(100_000),
      attachments: [],
    },
  };
  const { path, ...call } = resendCall(absurd, 'msg_absurd', Math.floor(Date.now() / 1000));
  expect(await api.request(path, call)).toMatchObject({ status: 200 });
  expect(api.logs).toContainEqual({ level: 'error', event: 'event_rejected', code: '23514' });
});
