import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startVendors, type Vendors } from '../../dev/vendors/index.ts';

describe('the control of the doubles', () => {
  let vendors: Vendors;
  beforeAll(async () => {
    vendors = await startVendors();
  });
  afterAll(() => vendors.stop());

  const fault = { host: 'api.twilio.com', type: 'delay', ms: 1, times: 'until_reset' };
  const ask = (method: string, path: string, headers = {}) =>
    fetch(`${vendors.origin}/_control${path}`, {
      method,
      headers,
      ...(method === 'DELETE' ? {} : { body: JSON.stringify(fault) }),
    });

  test.each([
    ['another site', { origin: 'https://example.com' }],
    ['a sandboxed frame', { origin: 'null' }],
    ['another site, without its name', { 'sec-fetch-site': 'cross-site' }],
  ])('takes nothing from %s', async (_, headers) => {
    for (const [method, path] of [
      ['POST', '/faults'],
      ['POST', '/inbound'],
      ['POST', '/receipts'],
      ['PUT', '/receipts/auto'],
      ['PUT', '/webhooks'],
      ['DELETE', ''],
    ] as const) {
      const answer = await ask(method, path, { ...headers, 'content-type': 'text/plain' });
      expect([method, path, answer.status]).toEqual([method, path, 403]);
      expect(await answer.text()).toContain('Only pages of this machine');
    }
    expect(vendors.standingFaults()).toEqual([]);
  });

  test.each([
    ['curl and other programs', {}],
    ['a page of this machine', { origin: 'http://localhost:8787', 'sec-fetch-site': 'same-site' }],
    ['the address bar', { 'sec-fetch-site': 'none' }],
  ])('takes what %s ask', async (_, headers) => {
    expect((await ask('POST', '/faults', headers)).status).toBe(204);
    expect(vendors.standingFaults()).toHaveLength(1);
    expect((await ask('DELETE', '', headers)).status).toBe(204);
  });

  test('answers to no name that another site points here', async () => {
    const status = await new Promise((resolve, reject) => {
      const headers = { host: `example.com:${vendors.port}` };
      const { port } = vendors;
      request({ host: '127.0.0.1', port, path: '/_control/sent', headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
        .once('error', reject)
        .end();
    });
    expect(status).toBe(403);
  });
});
