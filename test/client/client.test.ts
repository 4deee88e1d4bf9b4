import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ClientOptions, CrmApiError, createClient } from '../../client/client.ts';
import { demoData } from '../../dev/demo-data.ts';
import { type Api, startApi } from '../support/api.ts';
import { setBucket } from '../support/bucket.ts';

type ClientFetch = NonNullable<ClientOptions['fetch']>;

const url = 'https://crm.example.com/functions/v1/crm-api';
const channel = 'sms' as const;
const manual = {
  conversation_id: demoData.conversationId,
  channel,
  ai: false as const,
  content: 'Your appointment is tomorrow at 10.',
};
const written = { ...manual, ai: true as const, agent_id: demoData.agentId };

let api: Api;
let databaseAnswer: ((path: string) => Response | null) | null = null;
/** The provider waits for this before it sees a request. */
let hold: { readonly reach: () => void; readonly until: Promise<void> } | null = null;
/** The idempotency key of each try. */
const tries: (string | null)[] = [];

beforeAll(async () => {
  api = await startApi({
    around: (fetch) => async (address, init) => {
      const broken = address.includes('/rest/v1/') ? databaseAnswer?.(address) : null;
      if (hold && address.startsWith('https://api.twilio.com/')) {
        hold.reach();
        await hold.until;
      }
      return broken ?? fetch(address, init);
    },
  });
});
beforeEach(async () => {
  databaseAnswer = null;
  hold = null;
  tries.length = 0;
  await api.drain();
  await api.database.query(
    `update public.senders set failures = 0, rests_until = null; ${setBucket(600)}`,
  );
  api.reset();
});
afterAll(() => api.stop());

const aborted = (signal: AbortSignal | null | undefined) =>
  new Promise<never>((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason));
  });

/** Calls the real API, which like any server goes on when the caller hangs up. */
const overTheWire: ClientFetch = async (address, init) => {
  tries.push(new Headers(init.headers).get('idempotency-key'));
  return Promise.race([api.app.request(address, init), aborted(init.signal)]);
};

/** The fates of the first tries; the others go over the wire. */
const first = (...fates: readonly ClientFetch[]): ClientFetch => {
  const left = [...fates];
  return (address, init) => (left.shift() ?? overTheWire)(address, init);
};

const cutBefore: ClientFetch = () => Promise.reject(new TypeError('fetch failed'));
const cutAfter: ClientFetch = async (address, init) => {
  await overTheWire(address, init);
  throw new TypeError('terminated');
};
const gateway =
  (status: number): ClientFetch =>
  async (address, init) => {
    await overTheWire(address, init);
    return new Response('<html>Bad gateway</html>', { status });
  };
const never: ClientFetch = (_, init) => aborted(init.signal);
const deaf: ClientFetch = () => new Promise(() => undefined);
const withAnotherKey: ClientFetch = (address, init) => {
  const headers = new Headers(init.headers);
  headers.set('x-api-key', 'cfy_00000000000000000000000000000000');
  return overTheWire(address, { ...init, headers });
};

/** Cuts the connection while the provider is being asked, which takes until `giveBack`. */
const holdProvider = () => {
  const gates: { reach: () => void; giveBack: () => void } = {
    reach: () => {},
    giveBack: () => {},
  };
  const reached = new Promise<void>((resolve) => {
    gates.reach = resolve;
  });
  const until = new Promise<void>((resolve) => {
    gates.giveBack = resolve;
  });
  hold = { reach: () => gates.reach(), until };
  const cutMeanwhile: ClientFetch = async (address, init) => {
    const { signal: _, ...settings } = init;
    overTheWire(address, settings).catch(() => undefined);
    await reached;
    throw new TypeError('terminated');
  };
  return { cutMeanwhile, giveBack: () => gates.giveBack() };
};

const client = (options: Partial<ClientOptions> = {}) =>
  createClient({ url, apiKey: demoData.apiKey, fetch: overTheWire, ...options });

const failureOf = async (work: Promise<unknown>): Promise<CrmApiError> => {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof CrmApiError)) throw new Error(`no CrmApiError: ${error}`);
  return error;
};

const expectSentOnce = () => {
  expect(api.vendors.sent()).toHaveLength(1);
  expect(new Set(tries).size).toBe(1);
};

describe('a send that succeeds', () => {
  it('goes out once, with a key of its own', async () => {
    const sent = await client({ url: `${url}/` }).sendMessage(manual);
    expect(sent).toMatchObject({ content: manual.content, delivered: true });
    expectSentOnce();
    expect(tries[0]).toMatch(/^[0-9a-f-]{36}$/);
    await client().sendMessage(manual);
    expect(new Set(tries).size).toBe(2);
  });

  it('goes out once for a key of the caller, however often it is asked for', async () => {
    const key = randomUUID();
    const [one, two] = [
      await client().sendMessage(manual, { idempotencyKey: key }),
      await client().sendMessage(manual, { idempotencyKey: key }),
    ];
    expect(two).toEqual(one);
    expectSentOnce();
    expect(tries).toEqual([key, key]);
  });

  it('is answered before it goes out when that is asked for', async () => {
    const queued = await client().sendMessage(written, { async: true });
    expect(queued).toMatchObject({ content: null, delivered: false });
    await expect
      .poll(async () => (await client().getMessage(queued.message_id)).status, { timeout: 20_000 })
      .toBe('sent');
  });

  it('calls fetch as nobody’s method, for Workers refuse that', async () => {
    const selves: unknown[] = [];
    const fetch = function (this: unknown, ...[address, init]: Parameters<ClientFetch>) {
      selves.push(this);
      return overTheWire(address, init);
    };
    await client({ fetch }).sendMessage(manual);
    expect(selves).toEqual([undefined]);
  });
});

describe('a try whose answer was lost is repeated with the same key', () => {
  it.each([
    ['cut before the API had it', [cutBefore], 1],
    ['cut after the API had sent it', [cutAfter], 2],
    ['cut twice', [cutAfter, cutAfter], 3],
    ['a gateway’s 502 after the API had sent it', [gateway(502)], 2],
    ['a gateway’s 503 and a cut', [gateway(503), cutAfter], 3],
    ['a 200 that is no answer', [gateway(200)], 2],
  ] as const)('%s', async (_, fates, seen) => {
    await client({ fetch: first(...fates) }).sendMessage(manual);
    expect(tries).toHaveLength(seen);
    expectSentOnce();
  });

  it('a hanging connection', async () => {
    await client({ fetch: first(never), timeoutMs: 4_000 }).sendMessage(manual);
    expectSentOnce();
  });

  it('a send that takes longer than one try: 409 is waited for, and the first one is answered', async () => {
    const { cutMeanwhile, giveBack } = holdProvider();
    const statuses: number[] = [];
    const watched: ClientFetch = async (address, init) => {
      const response = await overTheWire(address, init);
      statuses.push(response.status);
      giveBack();
      return response;
    };
    const fetch = first(cutMeanwhile, watched, watched, watched);
    const sent = await client({ fetch, maxRetries: 1 }).sendMessage(manual);
    expect(sent.delivered).toBe(true);
    expect(statuses[0]).toBe(409);
    expect(statuses.at(-1)).toBe(200);
    expectSentOnce();
  });

  it('not a gateway’s 404: nothing says that it passes', async () => {
    const refused: ClientFetch = () =>
      Promise.resolve(new Response('no such app', { status: 404 }));
    const error = await failureOf(client({ fetch: first(refused) }).sendMessage(manual));
    expect(error).toMatchObject({ code: 'no_answer', status: 404, retry: 'check' });
    expect(tries).toEqual([]);
  });
});

describe('an error that says safe is repeated with the same key', () => {
  it('the provider takes nothing for now', async () => {
    api.vendors.fail({ host: 'api.twilio.com', type: 'status', status: 429, code: 20429 });
    await client().sendMessage(manual);
    expect(tries).toHaveLength(2);
    expectSentOnce();
  });

  it('the provider is down', async () => {
    api.vendors.fail({ host: 'api.twilio.com', type: 'status', status: 503, times: 2 });
    await client().sendMessage(manual);
    expect(tries).toHaveLength(3);
    expectSentOnce();
  });

  it('the model is down', async () => {
    api.model.next({ type: 'error', status: 500 });
    await client().sendMessage(written);
    expect(api.model.calls()).toHaveLength(2);
    expectSentOnce();
  });

  it('the rate is used up: after as long as Retry-After says', async () => {
    await api.database.query(setBucket(60, 0.1));
    const startedAt = performance.now();
    await client().sendMessage(manual);
    expect(performance.now() - startedAt).toBeGreaterThan(950);
    expect(tries).toHaveLength(2);
    expectSentOnce();
  });

  it('the database is away', async () => {
    const away = Response.json({ code: 'PGRST000', message: 'x' }, { status: 503 });
    let left = 1;
    databaseAnswer = () => (left-- > 0 ? away : null);
    await client().sendMessage(manual);
    expectSentOnce();
  });
});

describe('what may have been sent, or cannot succeed, is not repeated', () => {
  it.each(['take_then_cut', 'cut_before', 'garbage'] as const)(
    '%s at the provider: check',
    async (type) => {
      api.vendors.fail({ host: 'api.twilio.com', type });
      const error = await failureOf(client().sendMessage(manual));
      expect(error).toMatchObject({ code: 'delivery_unknown', status: 500, retry: 'check' });
      expect(tries).toEqual([error.idempotencyKey]);
      expect(api.vendors.requests()).toHaveLength(1);
      expect((await client().getMessage(error.messageId ?? '')).status).toBe('unknown');
    },
  );

  it('a refusal: never', async () => {
    api.vendors.fail({ host: 'api.twilio.com', type: 'status', status: 400, code: 21610 });
    const error = await failureOf(client().sendMessage(manual));
    expect(error).toMatchObject({ code: 'delivery_failed', retry: 'never', issues: [] });
    expect(error.provider).toMatchObject({ name: 'twilio', code: '21610' });
    expect(error.docUrl).toBe(`${url}/errors/delivery_failed`);
    expect(tries).toHaveLength(1);
  });

  it('a bad request, with what is wrong', async () => {
    const error = await failureOf(client().sendMessage({ ...manual, content: ' ' }));
    expect(error).toMatchObject({ code: 'invalid_request', status: 400, retry: 'never' });
    expect(error.issues).toEqual([{ path: 'content', message: 'must not be blank' }]);
    expect(error.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(tries).toHaveLength(1);
  });

  it('a database that may have stored it: check', async () => {
    databaseAnswer = () => new Response('<html>', { status: 502 });
    const error = await failureOf(client().sendMessage(manual));
    expect(error).toMatchObject({ code: 'database_unavailable', retry: 'check' });
    expect(tries).toHaveLength(1);
  });
});

describe('after a try whose answer was lost, only what is said of the message itself is believed', () => {
  const away = () => Response.json({ code: 'PGRST000', message: 'x' }, { status: 503 });
  const expectDoubt = (error: CrmApiError, code: CrmApiError['code']) => {
    expect(error).toMatchObject({ code, retry: 'check' });
    expect(tries).toContain(error.idempotencyKey);
    expectSentOnce();
  };

  it('the database is away: check', async () => {
    const cutThenAway: ClientFetch = (address, init) =>
      cutAfter(address, init).finally(() => {
        databaseAnswer = away;
      });
    const work = client({ fetch: first(cutThenAway), maxRetries: 1 }).sendMessage(manual);
    expectDoubt(await failureOf(work), 'database_unavailable');
  });

  it('the rate is used up: check', async () => {
    const error = {
      code: 'rate_limited',
      message: 'x',
      retry: 'safe',
      request_id: 'r',
      doc_url: 'd',
    };
    const empty = async () => Response.json({ error, message: 'x' }, { status: 429 });
    const work = client({ fetch: first(cutAfter, empty), maxRetries: 1 }).sendMessage(manual);
    expectDoubt(await failureOf(work), 'rate_limited');
  });

  it('the rate is used up by that very try: its message is answered all the same', async () => {
    await api.database.query(setBucket(1));
    const sent = await client({ fetch: first(cutAfter) }).sendMessage(manual);
    expect(sent).toMatchObject({ content: manual.content, delivered: true });
    expectSentOnce();
  });

  it('the key is taken no more: check', async () => {
    const work = client({ fetch: first(cutAfter, withAnotherKey) }).sendMessage(manual);
    expectDoubt(await failureOf(work), 'invalid_api_key');
  });

  it('it is still at work when the time is over: check', async () => {
    const { cutMeanwhile, giveBack } = holdProvider();
    const work = client({ fetch: first(cutMeanwhile), timeoutMs: 2_000 }).sendMessage(manual);
    const error = await failureOf(work);
    giveBack();
    await expect.poll(() => api.vendors.sent().length, { timeout: 20_000 }).toBe(1);
    expectDoubt(error, 'send_in_progress');
    expect(error.messageId).toMatch(/^msg_/);
  });

  it('somebody else is at work with the key, also when the rate is used up: check', async () => {
    const { cutMeanwhile, giveBack } = holdProvider();
    const idempotencyKey = randomUUID();
    const elsewhere = client({ fetch: cutMeanwhile, maxRetries: 0 });
    await failureOf(elsewhere.sendMessage(manual, { idempotencyKey }));
    const thenEmpty: ClientFetch = async (address, init) => {
      const response = await overTheWire(address, init);
      await api.database.query(setBucket(1, 0));
      return response;
    };
    const here = client({ fetch: first(thenEmpty), timeoutMs: 3_000 });
    const error = await failureOf(here.sendMessage(manual, { idempotencyKey }));
    giveBack();
    await expect.poll(() => api.vendors.sent().length, { timeout: 20_000 }).toBe(1);
    expectDoubt(error, 'send_in_progress');
  });

  it('the message was refused: never', async () => {
    api.vendors.fail({ host: 'api.twilio.com', type: 'status', status: 400, code: 21610 });
    const error = await failureOf(client({ fetch: first(cutAfter) }).sendMessage(manual));
    expect(error).toMatchObject({ code: 'delivery_failed', retry: 'never' });
    expect(error.messageId).toMatch(/^msg_/);
  });

  it('the message was not taken: safe', async () => {
    api.vendors.fail({ host: 'api.twilio.com', type: 'status', status: 503, times: 2 });
    const work = client({ fetch: first(cutAfter), maxRetries: 1 }).sendMessage(manual);
    expect(await failureOf(work)).toMatchObject({ code: 'delivery_failed', retry: 'safe' });
  });

  it('there is no such message: never, for reading sends nothing', async () => {
    const error = await failureOf(client({ fetch: first(cutAfter) }).getMessage('msg_1'));
    expect(error).toMatchObject({ code: 'not_found', retry: 'never' });
  });
});

describe('what can never go out fails at once, and not as what may have been sent', () => {
  const work = {
    'no address': () => client({ url: '' }).sendMessage(manual),
    'an address without its scheme': () => client({ url: 'localhost:8787/x' }).sendMessage(manual),
    'an address with a password': () => client({ url: 'https://a:b@x.example' }).getMessage('m'),
    'a curly apostrophe in the API key': () => client({ apiKey: 'cfy_’' }).getMessage('m'),
    'a line break in the API key': () => client({ apiKey: 'cfy_top\nsecret' }).getMessage('m'),
    'an arrow in the idempotency key': () =>
      client().sendMessage(manual, { idempotencyKey: 'a → b' }),
  };

  it.each([
    ['no address', /`url`/],
    ['an address without its scheme', /`url`/],
    ['an address with a password', /`url`/],
    ['a curly apostrophe in the API key', /x-api-key/],
    ['a line break in the API key', /x-api-key/],
    ['an arrow in the idempotency key', /idempotency-key/],
  ] as const)('%s', async (name, words) => {
    const error = await work[name]().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toMatch(words);
    // A log of the error does not contain the key.
    expect(inspect(error)).not.toContain('secret');
    expect(tries).toEqual([]);
  });

  it('what JSON has no word for, and an id that no address has: as a promise', async () => {
    const unspeakable: object = { content: 1n };
    const send = client().sendMessage({ ...manual, ...unspeakable });
    await expect(send).rejects.toThrow(TypeError);
    await expect(client().getMessage('\ud800')).rejects.toThrow(URIError);
    expect(tries).toEqual([]);
  });
});

describe('it gives up', () => {
  it('after maxRetries, with the last error', async () => {
    api.model.next(...Array.from({ length: 9 }, () => ({ type: 'error', status: 500 }) as const));
    const error = await failureOf(client({ maxRetries: 2 }).sendMessage(written));
    expect(error).toMatchObject({ code: 'ai_unavailable', status: 502, retry: 'safe' });
    expect(tries).toHaveLength(3);
    expect(api.vendors.requests()).toEqual([]);
  });

  it('at once when Retry-After is later than its time', async () => {
    await api.database.query(setBucket(1, 0));
    const startedAt = performance.now();
    const error = await failureOf(client({ timeoutMs: 3_000 }).sendMessage(manual));
    expect(error).toMatchObject({ code: 'rate_limited', retry: 'safe' });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('when its time is over, though nothing ever answers', async () => {
    const startedAt = performance.now();
    const hanging = client({ fetch: never, timeoutMs: 1_500, maxRetries: 9 });
    const error = await failureOf(hanging.sendMessage(manual));
    expect(error).toMatchObject({ code: 'no_answer', status: null, retry: 'check' });
    expect(error.idempotencyKey).toMatch(/^[0-9a-f-]{36}$/);
    expect(performance.now() - startedAt).toBeLessThan(2_500);
  });

  it('when its time is over, though fetch does not listen', async () => {
    const error = await failureOf(client({ fetch: deaf, timeoutMs: 1_500 }).sendMessage(manual));
    expect(error).toMatchObject({ code: 'no_answer', retry: 'check' });
    const dribbling: ClientFetch = async () => new Response(new ReadableStream());
    const other = client({ fetch: dribbling, timeoutMs: 1_500 });
    expect(await failureOf(other.sendMessage(manual))).toMatchObject({ code: 'no_answer' });
  });

  it('when its time is over on waking from a pause', async () => {
    const cutThenBusy: ClientFetch = (address, init) => {
      const busy = () => {
        const endsAt = performance.now() + 1_000;
        while (performance.now() < endsAt);
      };
      setTimeout(busy, 20);
      return cutBefore(address, init);
    };
    const busy = client({ fetch: first(cutThenBusy), timeoutMs: 800 });
    const error = await failureOf(busy.sendMessage(manual));
    expect(error).toMatchObject({ code: 'no_answer', retry: 'check' });
    expect(error.idempotencyKey).toMatch(/^[0-9a-f-]{36}$/);
    expect(tries).toEqual([]);
  });

  it('never, when it has all the time of the world', async () => {
    const patient = client({ fetch: first(cutBefore), timeoutMs: Number.POSITIVE_INFINITY });
    expect((await patient.sendMessage(manual)).delivered).toBe(true);
  });

  it('when the caller does, with the caller’s reason', async () => {
    const reason = new Error('the user went away');
    const abort = new AbortController();
    setTimeout(() => abort.abort(reason), 300);
    const startedAt = performance.now();
    const hanging = client({ fetch: never });
    await expect(hanging.sendMessage(manual, { signal: abort.signal })).rejects.toBe(reason);
    await expect(hanging.getMessage('msg_1', { signal: abort.signal })).rejects.toBe(reason);
    expect(performance.now() - startedAt).toBeLessThan(1_500);
  });
});

describe('getMessage', () => {
  it('says what became of it, also when an answer is lost on the way', async () => {
    const { message_id } = await client().sendMessage(manual);
    const message = await client({ fetch: first(cutAfter) }).getMessage(message_id);
    expect(message).toMatchObject({ status: 'sent', attempts: [{ outcome: 'accepted' }] });
  });

  it('says that it is not there, once', async () => {
    const error = await failureOf(client().getMessage('msg_../nope'));
    expect(error).toMatchObject({ code: 'not_found', status: 404, idempotencyKey: null });
    expect(tries).toHaveLength(1);
  });
});
