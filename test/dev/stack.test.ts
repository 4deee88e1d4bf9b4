import { expect, test } from 'vitest';
import { deliver, demoRequests } from '../../dev/demo/deliver.ts';
import { replay } from '../../dev/demo/replay.ts';
import { serveLocally } from '../../dev/serve.ts';
import { startStack } from '../../dev/stack.ts';

test('the stack delivers on every channel, and a replay reaches no vendor', async () => {
  const stack = await startStack();
  try {
    for (const request of demoRequests) {
      expect(await deliver(stack, request)).toMatchObject({ request, problems: [] });
    }
    const [first] = demoRequests;
    if (!first) throw new Error('Expected requests.');
    const again = await deliver(stack, { ...first, idempotencyKey: 'again' });
    expect(await replay(stack, again)).toMatchObject({ status: 200, problems: [] });
  } finally {
    await stack.stop();
  }
});

test('a delivery that the vendor refuses is a problem, not a success', async () => {
  const stack = await startStack();
  try {
    stack.vendors.fail({ host: 'api.twilio.com', type: 'status', status: 400, code: 21610 });
    const [first] = demoRequests;
    if (!first) throw new Error('Expected requests.');
    const { problems } = await deliver(stack, first);
    expect(problems.join()).toContain('delivery_failed');
  } finally {
    await stack.stop();
  }
});

test.each([
  ['PORT', (port: number) => ({ apiPort: port })],
  ['DEV_DB_PORT', (port: number) => ({ databasePort: port })],
  ['DEV_VENDORS_PORT', (port: number) => ({ vendorsPort: port })],
])('the stack names %s when its port is in use', async (variable, options) => {
  const other = await serveLocally({ fetch: () => new Response(), port: 0 });
  const start = startStack(options(other.port));
  await expect(start).rejects.toThrow(`Port ${other.port} is in use. Set ${variable}`);
  await other.stop();
});
