// A process of its own: sends the same request again and again, and prints how long the responses took.
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';
import { z } from 'zod';

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: '' },
    method: { type: 'string', default: 'POST' },
    headers: { type: 'string', default: '{}' },
    body: { type: 'string', default: '' },
    connections: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '1' },
    amount: { type: 'string' },
  },
});

const latencies: number[] = [];
let requests = 0;
let failed = 0;

const options = {
  url: values.url,
  method: values.method === 'GET' ? 'GET' : 'POST',
  headers: z.record(z.string(), z.string()).parse(JSON.parse(values.headers)),
  ...(values.method === 'GET' ? {} : { body: values.body }),
  connections: Number(values.connections),
  ...(values.amount === undefined
    ? { duration: Number(values.seconds) }
    : { amount: Number(values.amount) }),
  timeout: 20,
} as const;

const run = () =>
  new Promise<autocannon.Result>((resolve, reject) => {
    const load = autocannon(options, (error: unknown, result) =>
      error ? reject(error) : resolve(result),
    );
    load.on('response', (_client, status, _bytes, milliseconds) => {
      // The first response waits for this process to start as well.
      if (status === 200 && requests > 0) latencies.push(milliseconds);
      if (status === 200) requests += 1;
      else failed += 1;
    });
  });

const { errors, duration } = await run();
console.log(JSON.stringify({ requests, failed: failed + errors, seconds: duration, latencies }));
