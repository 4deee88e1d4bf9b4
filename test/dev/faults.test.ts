import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { FaultInput } from '../../dev/vendors/faults.ts';
import { startVendors, type Vendors } from '../../dev/vendors/index.ts';
import {
  emailRequest,
  instagramRequest,
  messengerRequest,
  send,
  twilioRequest,
  type VendorRequest,
  whatsappRequest,
} from './vendor-requests.ts';

const host = 'api.twilio.com';
const soon = () => ({ signal: AbortSignal.timeout(200) });

describe('the faults of the vendor doubles', () => {
  let vendors: Vendors;
  beforeAll(async () => {
    vendors = await startVendors();
  });
  beforeEach(() => vendors.reset());
  afterAll(() => vendors.stop());

  const sms = (init?: RequestInit) => send(vendors, twilioRequest(), init);
  const taken = () => vendors.sent().length;

  const eachVendor: readonly (readonly [FaultInput['host'], VendorRequest, object])[] = [
    ['api.twilio.com', twilioRequest(), { code: 21610, status: 400, message: 'no' }],
    ['graph.facebook.com', whatsappRequest(), { error: { code: 21610, message: '(#21610) no' } }],
    ['graph.facebook.com', messengerRequest(), { error: { code: 21610, error_subcode: 7 } }],
    ['graph.instagram.com', instagramRequest(), { error: { code: 21610, error_subcode: 7 } }],
    ['api.resend.com', emailRequest(), { name: '21610', statusCode: 400, message: 'no' }],
  ];
  test.each(eachVendor)(
    '%s refuses with any code, in its own format',
    async (on, request, body) => {
      vendors.fail({
        host: on,
        type: 'status',
        status: 400,
        code: 21610,
        subcode: 7,
        message: 'no',
      });
      const answer = await send(vendors, request);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject(body);
      expect(taken()).toBe(0);
      expect((await send(vendors, request)).ok).toBe(true);
    },
  );

  test.each([
    [429, { code: 20429 }],
    [500, { code: 20500 }],
    [503, { code: 20503 }],
  ])('a %i has the vendor’s usual code and the wait that was asked for', async (status, body) => {
    vendors.fail({ host, type: 'status', status, retryAfter: 7 });
    const answer = await sms();
    expect(answer.status).toBe(status);
    expect(answer.headers.get('retry-after')).toBe('7');
    expect(await answer.json()).toMatchObject(body);
    expect(taken()).toBe(0);
  });

  test('an error can come although the message was taken', async () => {
    vendors.fail({ host, type: 'status', status: 500, taken: true });
    expect((await sms()).status).toBe(500);
    expect(taken()).toBe(1);
  });

  test('hang_before takes nothing and never answers', async () => {
    vendors.fail({ host, type: 'hang_before' });
    await expect(sms(soon())).rejects.toThrow('timeout');
    expect([vendors.requests().length, taken()]).toEqual([1, 0]);
  });

  test('take_then_hang takes the message and never answers', async () => {
    vendors.fail({ host, type: 'take_then_hang' });
    await expect(sms(soon())).rejects.toThrow('timeout');
    expect(taken()).toBe(1);
  });

  test('cut_before cuts the connection and takes nothing', async () => {
    vendors.fail({ host, type: 'cut_before' });
    await expect(sms()).rejects.toThrow('fetch failed');
    expect([vendors.requests().length, taken()]).toEqual([1, 0]);
  });

  test('take_then_cut takes the message and cuts the connection', async () => {
    vendors.fail({ host, type: 'take_then_cut' });
    await expect(sms()).rejects.toThrow('fetch failed');
    expect(taken()).toBe(1);
  });

  test('take_then_truncate ends in the middle of a good answer', async () => {
    vendors.fail({ host, type: 'take_then_truncate' });
    const answer = await sms();
    expect(answer.status).toBe(201);
    await expect(answer.text()).rejects.toThrow('terminated');
    expect(taken()).toBe(1);
  });

  test('garbage is a good status whose body is not JSON', async () => {
    vendors.fail({ host, type: 'garbage' });
    const answer = await sms();
    expect(answer.status).toBe(201);
    await expect(answer.json()).rejects.toThrow('JSON');
    expect(taken()).toBe(1);
  });

  test('redirect points elsewhere and takes nothing', async () => {
    vendors.fail({ host, type: 'redirect', location: 'https://elsewhere.example.com/' });
    const answer = await sms({ redirect: 'manual' });
    expect([answer.status, answer.headers.get('location'), taken()]).toEqual([
      307,
      'https://elsewhere.example.com/',
      0,
    ]);
  });

  test('delay answers well, but late', async () => {
    vendors.fail({ host, type: 'delay', ms: 150 });
    const start = performance.now();
    expect((await sms()).status).toBe(201);
    expect(performance.now() - start).toBeGreaterThan(140);
    expect(taken()).toBe(1);
  });

  test('a fault hits its own host, as often as it says, and only requests in order', async () => {
    vendors.fail({ host, type: 'status', status: 500, times: 2 });
    expect((await send(vendors, emailRequest())).status).toBe(200);
    expect((await send(vendors, twilioRequest({ To: '1' }))).status).toBe(400);
    expect([(await sms()).status, (await sms()).status, (await sms()).status]).toEqual([
      500, 500, 201,
    ]);
  });

  test('a fault can last until the reset', async () => {
    vendors.fail({ host, type: 'status', status: 500, times: 'until_reset' });
    for (let count = 0; count < 3; count += 1) expect((await sms()).status).toBe(500);
    vendors.reset();
    expect((await sms()).status).toBe(201);
  });

  test('standing faults are listed, and one host’s are cleared without the others’', async () => {
    vendors.fail({ host, type: 'status', status: 503, times: 'until_reset' });
    vendors.fail({ host, type: 'delay', ms: 1 });
    vendors.fail({ host: 'api.resend.com', type: 'take_then_hang', times: 'until_reset' });
    expect(vendors.standingFaults()).toMatchObject([
      { host, type: 'status', status: 503 },
      { host: 'api.resend.com', type: 'take_then_hang' },
    ]);
    vendors.clearFaults(host);
    expect(vendors.standingFaults()).toMatchObject([{ host: 'api.resend.com' }]);
    expect((await sms()).status).toBe(201);
    await expect(send(vendors, emailRequest(), soon())).rejects.toThrow('timeout');
  });

  test('the control route sets faults, lists what was sent, and resets', async () => {
    const control = `${vendors.origin}/_control`;
    const fault = { host, type: 'status', status: 503 };
    const set = (body: object) =>
      fetch(`${control}/faults`, { method: 'POST', body: JSON.stringify(body) });
    expect((await set(fault)).status).toBe(204);
    expect((await sms()).status).toBe(503);
    await sms();
    expect(await (await fetch(`${control}/sent`)).json()).toEqual(vendors.sent());
    expect((await fetch(control, { method: 'DELETE' })).status).toBe(204);
    expect(taken()).toBe(0);

    const refused = await set({ ...fault, host: 'api.example.com' });
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain('api.twilio.com');
  });

  test('each vendor also answers alone, at the root of its own origin', async () => {
    const { path, ...request } = twilioRequest();
    const alone = `${vendors.origins['api.twilio.com']}${path.replace('/api.twilio.com', '')}`;
    expect((await fetch(alone, { method: 'POST', ...request })).status).toBe(201);
    expect(vendors.requests()).toMatchObject([{ host, path: path.replace('/api.twilio.com', '') }]);
  });
});
