import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, startDatabase } from '../../dev/database.ts';
import { docsScript } from '../../src/http/docs.ts';
import { type Api, startApi } from '../support/api.ts';

const publicUrl = 'https://crm.example.com/functions/v1/crm-api';
let database: Database;
let api: Api;

beforeAll(async () => {
  database = await startDatabase();
  api = await startApi({ database });
});
afterAll(async () => {
  await api?.stop();
  await database?.stop();
});

describe('GET /docs', () => {
  it('is a page that loads one exact script, and the document beside it', async () => {
    const { status, headers, body } = await api.request('/docs');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^text\/html/);
    expect(body).toContain(`src="${docsScript.url}" integrity="${docsScript.integrity}"`);
    expect(docsScript.url).toContain(`@scalar/api-reference@${docsScript.version}/`);
    for (const part of ['<html lang="en">', 'name="viewport"', '<title>', '<noscript>']) {
      expect(body).toContain(part);
    }
    expect(body).toContain('data-url="openapi.json"');
    expect((await api.request('/docs/')).body).toContain('data-url="../openapi.json"');
  });

  it('lets the page talk to nobody but the API', async () => {
    const { headers, body } = await api.request('/docs');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`script-src ${docsScript.url};`);
    expect(policy).toContain("connect-src 'self' https://crm.example.com;");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(body).toContain('"telemetry":false,"proxyUrl":"","agent":{"disabled":true}');
  });

  it('is plain text on a host that serves no pages', async () => {
    const supabase = await startApi({ database, servesPages: false });
    try {
      const { status, headers, body } = await supabase.request('/docs');
      expect(status).toBe(200);
      expect(headers.get('content-type')).toMatch(/^text\/plain/);
      expect(body).toContain(`${publicUrl}/openapi.json`);
    } finally {
      await supabase.stop();
    }
  });
});

describe('what leads there', () => {
  it('GET /health names the document and the page', async () => {
    const { body } = await api.request('/health');
    const docs = `${publicUrl}/docs`;
    expect(body).toEqual({ status: 'ok', openapi: `${publicUrl}/openapi.json`, docs });
  });

  it('GET /openapi.json may be read by any page, and no other answer', async () => {
    const origin = { headers: { origin: 'https://viewer.example' } };
    const { headers } = await api.request('/openapi.json', origin);
    expect(headers.get('access-control-allow-origin')).toBe('*');
    const health = await api.request('/health', origin);
    expect(health.headers.get('access-control-allow-origin')).toBe(null);
  });
});
