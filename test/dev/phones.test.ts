import { readdir } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { projectFolder } from '../../dev/machine/run-command.ts';
import { createPhones } from '../../dev/phones/front.ts';
import { type Stack, startStack } from '../../dev/stack.ts';

const pageFolder = join(projectFolder, 'dev/phones/page');

describe('the server of the phone page', () => {
  let stack: Stack;
  let origin: string;
  beforeAll(async () => {
    stack = await startStack({ front: createPhones });
    origin = new URL(stack.apiUrl).origin;
  });
  afterEach(() => {
    stack.vendors.reset();
    stack.model.reset();
  });
  afterAll(() => stack.stop());

  const ask = (method: string, path: string, body?: unknown, headers = {}) =>
    fetch(`${origin}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const fault = { channel: 'sms', kind: 'down' };

  test('serves the page, and each of its files as what a browser takes it for', async () => {
    const page = await fetch(origin);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(await page.text()).not.toMatch(/<script(?![^>]* src=)|<style| style=| on\w+=/);
    const names = (await readdir(pageFolder, { recursive: true })).filter((name) =>
      name.includes('.'),
    );
    for (const name of names) {
      const file = await fetch(`${origin}/phones/page/${name}`);
      expect([name, file.status]).toEqual([name, 200]);
      if (!name.endsWith('.ts')) continue;
      expect(file.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
      expect(await file.text()).not.toContain('import type');
    }
  });

  test.each([
    '/phones/page/nothing.ts',
    '/phones/page/css',
    '/phones/page/..%2ffront.ts',
    '/phones/x',
  ])('has nothing at %s', async (path) => {
    expect((await fetch(`${origin}${path}`)).status).toBe(404);
  });

  test('leaves everything else to the API', async () => {
    expect(await (await fetch(`${stack.apiUrl}/health`)).json()).toMatchObject({ status: 'ok' });
    expect(await (await fetch(`${origin}/elsewhere`)).json()).toMatchObject({
      error: { code: 'not_found' },
    });
  });

  test.each([
    ['another origin', { origin: 'https://example.com' }],
    ['another port', { origin: 'http://127.0.0.1:1' }],
    ['a sandboxed frame', { origin: 'null' }],
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['another port of this site', { 'sec-fetch-site': 'same-site' }],
  ])('takes nothing from %s', async (_, headers) => {
    for (const [method, path, body] of [
      ['POST', '/phones/faults', fault],
      ['DELETE', '/phones/faults', undefined],
      ['POST', '/phones/inbound', { channel: 'sms', text: 'Hi' }],
    ] as const) {
      expect((await ask(method, path, body, headers)).status).toBe(403);
    }
    expect(stack.vendors.standingFaults()).toEqual([]);
  });

  test('serves no other name than its own', async () => {
    const status = await new Promise((resolve, reject) => {
      const { port } = new URL(origin);
      const headers = { host: `example.com:${port}` };
      request({ host: '127.0.0.1', port, path: '/phones/setup', headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
        .once('error', reject)
        .end();
    });
    expect(status).toBe(403);
  });

  test.each([
    ['/phones/faults', { channel: 'fax', kind: 'down' }, 'channel'],
    ['/phones/faults', { channel: 'sms', kind: 'angry' }, 'kind'],
    ['/phones/faults', { channel: 'model', kind: 'slow' }, 'kind'],
    ['/phones/inbound', { channel: 'sms', text: '  ' }, 'is empty'],
    ['/phones/inbound', { channel: 'sms', text: 'Hi', from: '+1' }, 'from'],
    ['/phones/inbound', undefined, 'expected object'],
  ])('says what is wrong with a body for %s: %o', async (path, body, word) => {
    const answer = await ask('POST', path, body);
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining(word)]);
  });

  test('keeps one fault for each provider, and clears them alone or together', async () => {
    const own = { origin, 'sec-fetch-site': 'same-origin' };
    expect((await ask('POST', '/phones/faults', fault, own)).status).toBe(204);
    await ask('POST', '/phones/faults', { channel: 'sms', kind: 'slow' });
    await ask('POST', '/phones/faults', { channel: 'facebook', kind: 'refuse' });
    await ask('POST', '/phones/faults', { channel: 'model', kind: 'down' });
    expect(stack.vendors.standingFaults()).toMatchObject([
      { host: 'api.twilio.com', type: 'delay' },
      { host: 'graph.facebook.com', type: 'status', code: 551 },
    ]);
    expect(stack.model.standing()).toMatchObject({ type: 'error' });
    await ask('DELETE', '/phones/faults/sms');
    expect(stack.vendors.standingFaults()).toMatchObject([{ host: 'graph.facebook.com' }]);
    expect((await ask('DELETE', '/phones/faults/fax')).status).toBe(400);
    await ask('DELETE', '/phones/faults');
    expect(stack.vendors.standingFaults()).toEqual([]);
    expect(stack.model.standing()).toBeNull();
  });

  test('tells what is there, then only what changes', async () => {
    const left = new AbortController();
    const events = await fetch(`${origin}/phones/events`, { signal: left.signal });
    expect(events.headers.get('content-type')).toBe('text/event-stream');
    let text = '';
    const reading = (async () => {
      for await (const chunk of events.body ?? []) text += new TextDecoder().decode(chunk);
    })().catch(() => undefined);
    await expect.poll(() => text, { timeout: 10_000 }).toContain('event: surroundings');
    await ask('POST', '/phones/inbound', { channel: 'sms', text: 'Heard' });
    await expect.poll(() => text, { timeout: 10_000 }).toContain('"text":"Heard"');
    await ask('POST', '/phones/inbound', { channel: 'sms', text: 'STOP' });
    await expect.poll(() => text, { timeout: 10_000 }).toContain('"optedOut":["sms"]');
    expect(text.match(/"Heard"/g)).toHaveLength(1);
    left.abort();
    await reading;
  });
});

test('a page that listens does not keep the stack from stopping', async () => {
  const stack = await startStack({ front: createPhones });
  const events = await fetch(`${new URL(stack.apiUrl).origin}/phones/events`);
  const end = events.text().catch(() => 'cut');
  await stack.stop();
  expect(await end).toBeDefined();
});
