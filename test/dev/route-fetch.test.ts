import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Served, serveLocally } from '../../dev/serve.ts';
import {
  createVendorFetch,
  parseVendorOrigins,
} from '../../scripts/crm/local-stack/route-fetch.ts';

describe("the local stack's way out", () => {
  let server: Served;
  beforeAll(async () => {
    server = await serveLocally({ fetch: ({ url }) => new Response(url), port: 0 });
  });
  afterAll(() => server.stop());

  const ask = async (address: string, overrides: Record<string, string> = {}) => {
    const vendorOrigin = `${server.origin}/vendors`;
    const modelOrigin = `${server.origin}/model`;
    const answer = await createVendorFetch({ vendorOrigin, modelOrigin, overrides })(address);
    return (await answer.text()).replace(server.origin, '');
  };

  test.each([
    ['https://api.twilio.com/2010/x?y=1', '/vendors/api.twilio.com/2010/x?y=1'],
    ['https://graph.facebook.com/v23.0/1/messages', '/vendors/graph.facebook.com/v23.0/1/messages'],
    ['https://api.resend.com/emails', '/vendors/api.resend.com/emails'],
    ['https://api.openai.com/v1/chat/completions', '/model/v1/chat/completions'],
    ['https://api.anthropic.com/v1/messages', '/model/v1/messages'],
  ])('leads %s to its double', async (address, path) => {
    expect(await ask(address)).toBe(path);
  });

  test('leaves this machine alone', async () => {
    expect(await ask(`${server.origin}/rest/v1/rpc/x`)).toBe('/rest/v1/rpc/x');
  });

  test.each([
    'https://api.sendgrid.com/v3/mail/send',
    'https://example.com/',
    'http://127.0.0.1.example.com/',
    'https://api.twilio.com:8443/',
    'http://169.254.169.254/latest/meta-data',
  ])('refuses %s', async (address) => {
    await expect(ask(address)).rejects.toThrow('does not let requests out');
  });

  test('asks what DEV_VENDOR_ORIGINS puts in the place of a double', async () => {
    const origins = JSON.stringify({ 'api.twilio.com': `${server.origin}/mine/` });
    const overrides = parseVendorOrigins(origins);
    expect(await ask('https://api.twilio.com/x', overrides)).toBe('/mine/x');
    expect(await ask('https://api.resend.com/x', overrides)).toBe('/vendors/api.resend.com/x');
  });

  test.each([
    ['{', 'It is not JSON'],
    ['["api.twilio.com"]', 'expected record'],
    ['{"api.twilio.com":"127.0.0.1:4010"}', 'must be an origin'],
    ['{"api.twilio.example":"http://127.0.0.1:4010"}', 'api.twilio.example'],
  ])('says what is wrong with DEV_VENDOR_ORIGINS=%s', (text, problem) => {
    expect(() => parseVendorOrigins(text)).toThrow(/DEV_VENDOR_ORIGINS must be a JSON object/);
    expect(() => parseVendorOrigins(text)).toThrow(problem);
  });

  test('reads no DEV_VENDOR_ORIGINS as none', () => {
    expect(parseVendorOrigins(undefined)).toEqual({});
    expect(parseVendorOrigins(' ')).toEqual({});
  });
});
