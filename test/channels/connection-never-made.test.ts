import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectionWasNeverMade } from '../../src/lib/connection-never-made.ts';
import {
  closedOrigin,
  type ScriptedServer,
  startScriptedServer,
} from '../support/scripted-server.ts';

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => expect.unreachable('the call should have failed'),
    (error: unknown) => error,
  );

const post = (url: string, signal?: AbortSignal): Promise<Response> =>
  fetch(url, { method: 'POST', body: 'hello', ...(signal && { signal }) });

let server: ScriptedServer;
beforeAll(async () => {
  server = await startScriptedServer();
});
afterAll(() => server.stop());

describe('connectionWasNeverMade on Node', () => {
  test('is true when nothing listens', async () => {
    expect(connectionWasNeverMade(await failureOf(post(await closedOrigin())))).toBe(true);
  });

  test('is true when the host has no address', async () => {
    expect(connectionWasNeverMade(await failureOf(post('http://nowhere.invalid/')))).toBe(true);
  });

  test.each(['cut_before_reading', 'cut_after_reading'] as const)(
    'is false on %s',
    async (type) => {
      server.answerWith({ type });
      expect(connectionWasNeverMade(await failureOf(post(server.origin)))).toBe(false);
    },
  );

  test('is false when the time is up', async () => {
    server.answerWith({ type: 'hang_after_reading' });
    const error = await failureOf(post(server.origin, AbortSignal.timeout(50)));
    expect(connectionWasNeverMade(error)).toBe(false);
  });
});

describe('connectionWasNeverMade on any host', () => {
  test('is true for undici that could not connect in time', () => {
    const error = new TypeError('fetch failed', { cause: { code: 'UND_ERR_CONNECT_TIMEOUT' } });
    expect(connectionWasNeverMade(error)).toBe(true);
  });

  test('is false for a host that became unreachable on an established connection', () => {
    const error = new TypeError('fetch failed', {
      cause: { code: 'EHOSTUNREACH', syscall: 'read' },
    });
    expect(connectionWasNeverMade(error)).toBe(false);
  });

  test.each([
    new Error('Network connection lost.'),
    new Error('internal error; reference = 0vqlrke3'),
    undefined,
    null,
    'text',
    42,
  ])('is false for %s, which tells nothing', (error) => {
    expect(connectionWasNeverMade(error)).toBe(false);
  });

  test('ends on an error that is its own cause', () => {
    const error = new Error('round');
    error.cause = error;
    expect(connectionWasNeverMade(error)).toBe(false);
  });
});

// The runtime's own words, so that a new version that changes them is noticed.
const onDeno = (urls: readonly string[]): unknown => {
  const module = new URL('../../src/lib/connection-never-made.ts', import.meta.url).href;
  const script = `
    import { connectionWasNeverMade } from ${JSON.stringify(module)};
    const answers = [];
    for (const url of ${JSON.stringify(urls)}) {
      try { await fetch(url, { method: 'POST', body: 'hello' }); answers.push('answered'); }
      catch (error) { answers.push(connectionWasNeverMade(error)); }
    }
    console.log(JSON.stringify(answers));`;
  const root = join(import.meta.dirname, '..', '..');
  const deno = join(root, 'node_modules', '.bin', 'deno');
  const printed = execFileSync(deno, ['run', '--allow-all', '--quiet', '-'], {
    cwd: root,
    input: script,
    encoding: 'utf8',
  });
  return JSON.parse(printed);
};

describe('connectionWasNeverMade on Deno', () => {
  test('is true when nothing listens and when the host has no address', async () => {
    expect(onDeno([await closedOrigin(), 'http://nowhere.invalid/'])).toEqual([true, true]);
  });
});
