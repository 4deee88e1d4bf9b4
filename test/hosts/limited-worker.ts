import { AsyncLocalStorage } from 'node:async_hooks';
import worker from '../../functions/worker.ts';

// The worker as it runs on Cloudflare's free plan: the fifty-first call of an invocation throws. workerd by itself has no
// such limit.
const made = new AsyncLocalStorage<{ count: number }>();
const { fetch } = globalThis;
let refused = 0;

globalThis.fetch = async (...call) => {
  const invocation = made.getStore();
  if (invocation) invocation.count += 1;
  if (invocation && invocation.count > 50) {
    refused += 1;
    throw new Error('Too many subrequests.');
  }
  return fetch(...call);
};

type Call = Parameters<typeof worker.fetch>;

// biome-ignore lint/style/noDefaultExport: Workers demand it.
export default {
  fetch: (...call: Call) =>
    call[0].url.endsWith('/refused-calls')
      ? Response.json(refused)
      : made.run({ count: 0 }, () => worker.fetch(...call)),
};
