import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deliver, demoRequests } from '../../dev/demo/deliver.ts';
import { replay } from '../../dev/demo/replay.ts';
import { demoData } from '../../dev/demo-data.ts';
import { serveLocally } from '../../dev/serve.ts';
import { type Stack, startStack } from '../../dev/stack.ts';

const [first] = demoRequests;
if (!first) throw new Error('Expected requests.');

/** Requests that `fetch` cannot send: with a body in chunks, or with none, both without a Content-Length. */
const postWithoutLength = async (url: string, body: string | null): Promise<number> => {
  const { hostname, port, pathname } = new URL(url);
  const headers = [
    `POST ${pathname} HTTP/1.1`,
    `Host: ${hostname}:${port}`,
    `x-api-key: ${demoData.apiKey}`,
    'Content-Type: application/json',
    'Connection: close',
  ];
  const chunked = ['Transfer-Encoding: chunked', '', body?.length.toString(16), body, '0'];
  const socket = connect(Number(port), hostname);
  socket.write([...headers, ...(body === null ? [] : chunked), '', ''].join('\r\n'));
  return Number((await text(socket)).split(' ')[1]);
};

const message = {
  content: 'In chunks.',
  ai: false,
  conversation_id: demoData.conversationId,
  channel: 'sms',
};

describe('the local stack', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack.stop());

  test.each(demoRequests)('delivers on $channel (ai: $ai)', async (request) => {
    expect(await deliver(stack, request)).toMatchObject({ request, problems: [] });
  });

  test.each([
    ['a message in chunks', '/send-message', JSON.stringify(message), 200],
    ['a message without a body', '/send-message', null, 400],
    ['a webhook in chunks for no connection', '/webhooks/twilio/foo', 'From=%2B1', 404],
  ])('answers %s as the hosts do', async (_, path, body, status) => {
    expect(await postWithoutLength(`${stack.apiUrl}${path}`, body)).toBe(status);
  });

  test('shows that a replay reaches no vendor', async () => {
    const delivery = await deliver(stack, { ...first, idempotencyKey: 'again' });
    expect(await replay(stack, delivery)).toMatchObject({
      status: 200,
      vendorRequests: 0,
      problems: [],
    });
  });

  test('shows that a delivery was refused, and that its replay reached a vendor', async () => {
    stack.vendors.fail({ host: 'api.twilio.com', type: 'status', status: 429 });
    const delivery = await deliver(stack, { ...first, idempotencyKey: 'refused' });
    expect(delivery.problems.join()).toContain('delivery_failed');
    const again = await replay(stack, delivery);
    expect(again.problems.join()).toContain('1 requests reached a vendor or model');
  });

  test('shows that a vendor took another text', async () => {
    const { vendors } = stack;
    const sent = () => vendors.sent().map((message) => ({ ...message, text: 'Other' }));
    const tampered: Stack = { ...stack, vendors: { ...vendors, sent } };
    const { problems } = await deliver(tampered, { ...first, idempotencyKey: 'other text' });
    expect(problems).toEqual(['the vendor took another text than the answer has']);
  });
});

test.each([
  ['PORT', (port: number) => ({ apiPort: port })],
  ['DEV_DB_PORT', (port: number) => ({ databasePort: port })],
  ['DEV_VENDORS_PORT', (port: number) => ({ vendorsPort: port })],
  ['DEV_MODEL_PORT', (port: number) => ({ modelPort: port })],
])('the stack names %s when its port is in use', async (variable, options) => {
  const other = await serveLocally({ fetch: () => new Response(), port: 0 });
  const start = startStack(options(other.port));
  await expect(start).rejects.toThrow(
    `Port ${other.port} is in use. Set ${variable} to a free one, or stop what listens there: another \`npm run dev\`, maybe.`,
  );
  await other.stop();
});

test('the stack sweeps by itself where it is told to, and no longer than it is up', async () => {
  let swept = 0;
  const stack = await startStack({
    sweepEveryMs: 50,
    aroundFetch: (fetch) => (address, init) => {
      if (`${address}`.endsWith('/rpc/claim_sends')) swept += 1;
      return fetch(address, init);
    },
  });
  await expect.poll(() => swept, { timeout: 10_000 }).toBeGreaterThan(2);
  await stack.stop();
  const before = swept;
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(swept).toBe(before);
});
