import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { demoData } from '../../dev/demo-data.ts';
import { publicUrl } from '../../dev/machine/host-environment.ts';
import { toAddressKey } from '../../src/lib/address-key.ts';
import { type Api, startApi } from '../support/api.ts';
import {
  challengeCall,
  metaCall,
  resendCall,
  smsCall,
  twilioCall,
} from '../support/webhook-requests.ts';

const { connectionIds, meta, resend, twilio } = demoData;
type Account = 'twilio' | 'meta' | 'resend';
type Call = ReturnType<typeof twilioCall>;

let api: Api;
/** Another host at the same database. */
let other: Api;
/** The hosts' clock stands still, so that a read on a busy machine is not too slow to be remembered. */
const startedAt = Date.now();
let passed = 0;
const now = () => startedAt + passed;

beforeAll(async () => {
  const options = { env: { PUBLIC_URL: publicUrl }, io: { now } };
  api = await startApi(options);
  other = await startApi({ ...options, database: api.database });
});
afterAll(async () => {
  await other.stop();
  await api.stop();
});

const query = (sql: string) => api.database.query(sql);
const post = async ({ path, ...call }: Call, host = api) => (await host.request(path, call)).status;
/** The round trips since the last look. */
const trips = (host = api) =>
  host.databaseCalls.splice(0).map((path) => path.split('/').at(-1) ?? '');

const put = async (account: Account, credentials: object) => {
  const sealed = await api.deps.vault.seal(credentials, connectionIds[account]);
  await query(
    `update public.connections set credentials = '${sealed}' where id = '${connectionIds[account]}'`,
  );
};

const own = {
  twilio: { accountSid: twilio.accountSid, authToken: twilio.authToken },
  meta: {
    accessToken: meta.accessToken,
    appSecret: meta.appSecret,
    verifyToken: meta.verifyToken,
  },
  resend: { apiKey: resend.apiKey, webhookSecret: resend.webhookSecret },
};
const exchanged = {
  twilio: { ...own.twilio, authToken: 'f'.repeat(32) },
  meta: { ...own.meta, appSecret: 'f'.repeat(32), verifyToken: 'another-token' },
  resend: { ...own.resend, webhookSecret: `whsec_${btoa('another-webhook-secret-0')}` },
};

const wamid = () => `wamid.${randomUUID()}`;
const whatsappCall = (statusOrMessage: object) => {
  const metadata = { phone_number_id: meta.phoneNumberId };
  const value = { messaging_product: 'whatsapp', metadata, ...statusOrMessage };
  return metaCall({
    object: 'whatsapp_business_account',
    entry: [{ id: '1', changes: [{ field: 'messages', value }] }],
  });
};
const seconds = () => Math.floor(now() / 1000);
const receipt = { email_id: randomUUID(), to: ['jane@example.com'] };

/** A new call of each vendor with something to store. */
const calls = {
  twilio: () => smsCall('Hello', `SM${randomUUID()}`),
  meta: () =>
    whatsappCall({
      statuses: [{ id: wamid(), status: 'sent', timestamp: `${seconds()}`, recipient_id: '1' }],
    }),
  resend: () => {
    const created_at = new Date().toISOString();
    const payload = { type: 'email.delivered', created_at, data: receipt };
    return resendCall(payload, randomUUID(), seconds());
  },
} as const satisfies Record<Account, () => Call>;
const accounts = ['twilio', 'meta', 'resend'] as const;

const forge = (call: Call): Call => ({
  ...call,
  headers: {
    ...call.headers,
    'x-twilio-signature': 'Zm9yZ2Vk',
    'x-hub-signature-256': `sha256=${'0'.repeat(64)}`,
    'svix-signature': 'v1,Zm9yZ2Vk',
  },
});

const countReceived = async () => {
  const rows = await query(
    "select count(*)::int as n from public.messages where sender_type = 'contact'",
  );
  return rows[0]?.n;
};

beforeEach(async () => {
  for (const account of accounts) await put(account, own[account]);
  // After it, nothing is remembered any more.
  passed += 120_000;
  await query("delete from public.messages where sender_type = 'contact'");
  trips();
  trips(other);
});

describe.each(accounts)('a call of %s', (account) => {
  const call = calls[account];

  it('takes one round trip while the connection is remembered, and two once a minute', async () => {
    expect(await post(call())).toBe(200);
    expect(trips()).toEqual(['get_connection', 'record_webhook']);
    passed += 50_000;
    expect(await post(call())).toBe(200);
    expect(trips()).toEqual(['record_webhook']);
    passed += 20_000;
    expect(await post(call())).toBe(200);
    expect(trips()).toEqual(['get_connection', 'record_webhook']);
  });

  it('that is forged takes one round trip, remembered or not, and stores nothing', async () => {
    expect(await post(forge(call()))).toBe(401);
    expect(trips()).toEqual(['get_connection']);
    expect(await post(forge(call()))).toBe(401);
    expect(trips()).toEqual(['get_connection']);
    expect(await post(call())).toBe(200);
    expect(trips()).toEqual(['record_webhook']);
  });

  it('is refused at once on every host when its secret has been exchanged', async () => {
    expect(await post(call())).toBe(200);
    expect(await post(call(), other)).toBe(200);
    await put(account, exchanged[account]);
    trips();
    expect(await post(call())).toBe(401);
    expect(trips()).toEqual(['record_webhook', 'get_connection']);
    expect(await post(call(), other)).toBe(401);
  });

  it('is taken at once on every host when its secret is the new one', async () => {
    const before = { ...exchanged[account] };
    await put(account, before);
    // Remembered with another secret than the one that this call is signed with.
    expect(await post(call())).toBe(401);
    expect(await post(call(), other)).toBe(401);
    await put(account, own[account]);
    trips();
    expect(await post(call())).toBe(200);
    expect(trips()).toEqual(['get_connection', 'record_webhook']);
    expect(await post(call(), other)).toBe(200);
    expect(await post(call())).toBe(200);
    expect(trips()).toEqual(['record_webhook']);
  });

  it('is verified again and stored when its credentials were only sealed anew', async () => {
    expect(await post(call())).toBe(200);
    await put(account, own[account]);
    trips();
    expect(await post(call())).toBe(200);
    expect(trips()).toEqual(['record_webhook', 'get_connection', 'record_webhook']);
  });
});

describe('a remembered connection', () => {
  const id: string = randomUUID();
  const number = '+15005550123';
  const toIt = (text = 'Hello', at = id) =>
    twilioCall(
      {
        AccountSid: twilio.accountSid,
        Body: text,
        From: demoData.contact.phone,
        MessageSid: `SM${randomUUID()}`,
        NumMedia: '0',
        To: number,
      },
      '',
      `/webhooks/twilio/${at}`,
    );
  const addSender = () =>
    query(
      `insert into public.senders (sub_account_id, connection_id, channel, address, address_key)
       select sub_account_id, id, 'sms', '${number}', '${toAddressKey('sms', number)}' from public.connections where id = '${id}'`,
    );

  beforeEach(async () => {
    await query(`delete from public.connections where id = '${id}'`);
    const sealed = await api.deps.vault.seal(own.twilio, id);
    await query(
      `insert into public.connections (id, sub_account_id, provider, name, credentials)
       select '${id}', sub_account_id, 'twilio', 'Second', '${sealed}'
       from public.connections where id = '${connectionIds.twilio}'`,
    );
    await addSender();
    expect(await post(toIt())).toBe(200);
    expect(await countReceived()).toBe(1);
    trips();
  });

  it('is a 404 as soon as it is deleted, and nothing is stored', async () => {
    await query(`delete from public.connections where id = '${id}'`);
    expect(await post(toIt())).toBe(404);
    expect(trips()).toEqual(['record_webhook', 'get_connection']);
    expect(await post(toIt())).toBe(404);
    expect(trips()).toEqual(['get_connection']);
    expect(await countReceived()).toBe(1);
  });

  it('stores for the sub-account that it has been moved to', async () => {
    await query(`delete from public.senders where connection_id = '${id}'`);
    await query('delete from public.webhook_events');
    const [account] = await query(
      "insert into public.sub_accounts (name) values ('Other') returning id",
    );
    await query(
      `update public.connections set sub_account_id = '${account?.id}' where id = '${id}'`,
    );
    await addSender();
    expect(await post(toIt())).toBe(200);
    expect(trips()).toEqual(['record_webhook']);
    expect(
      await query(
        `select count(*)::int as n from public.messages where sub_account_id = '${account?.id}'`,
      ),
    ).toEqual([{ n: 1 }]);
  });

  it('is the same one in another spelling of its id', async () => {
    expect(await post(toIt('Hi', id.toUpperCase()))).toBe(200);
    expect(trips()).toEqual(['record_webhook']);
  });

  it('is not served at another provider’s address', async () => {
    const { path, ...call } = toIt();
    expect((await api.request(path.replace('twilio', 'meta'), call)).status).toBe(404);
    expect(trips()).toEqual(['get_connection']);
  });
});

it('takes no round trip for a call that stores nothing, while the connection is remembered', async () => {
  expect(await post(calls.meta())).toBe(200);
  trips();
  expect(await post(whatsappCall({}))).toBe(200);
  expect(trips()).toEqual([]);
});

it('takes one round trip for a challenge, with the token that is stored now', async () => {
  expect(await post(calls.meta())).toBe(200);
  trips();
  const challenge = async (token: string) => (await api.request(challengeCall(token).path)).status;
  expect(await challenge(meta.verifyToken)).toBe(200);
  expect(trips()).toEqual(['get_connection']);
  await put('meta', exchanged.meta);
  expect(await challenge(meta.verifyToken)).toBe(401);
  expect(await challenge(exchanged.meta.verifyToken)).toBe(200);
});

it('reads an unknown connection at each call, because strangers choose its id', async () => {
  const path = `/webhooks/twilio/${randomUUID()}`;
  for (const _ of [1, 2]) {
    expect((await api.request(path, { method: 'POST', body: 'x' })).status).toBe(404);
    expect(trips()).toEqual(['get_connection']);
  }
});
