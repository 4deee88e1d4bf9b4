// A process of its own: sends the same request again and again, and prints how long the responses took.
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';
import { z } from 'zod';
import { percentile } from '../ratio.ts';

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: '' },
    method: { type: 'string', default: 'POST' },
    headers: { type: 'string', default: '{}' },
    body: { type: 'string', default: '' },
    connections: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '1' },
  },
});

const latencies: number[] = [];
let failed = 0;

const options = {
  url: values.url,
  method: values.method === 'GET' ? 'GET' : 'POST',
  headers: z.record(z.string(), z.string()).parse(JSON.parse(values.headers)),
  ...(values.method === 'GET' ? {} : { body: values.body }),
  connections: Number(values.connections),
  duration: Number(values.seconds),
  timeout: 20,
} as const;

const run = () =>
  new Promise<autocannon.Result>((resolve, reject) => {
    const load = autocannon(options, (error: unknown, result) =>
      error ? reject(error) : resolve(result),
    );
    load.on('response', (_client, status, _bytes, milliseconds) => {
      if (status === 200) latencies.push(milliseconds);
      else failed += 1;
    });
  });

const { errors, duration } = await run();
console.log(
  JSON.stringify({
    requests: latencies.length,
    failed: failed + errors,
    seconds: duration,
    p50: latencies.length === 0 ? 0 : percentile(latencies, 0.5),
    p95: latencies.length === 0 ? 0 : percentile(latencies, 0.95),
    p99: latencies.length === 0 ? 0 : percentile(latencies, 0.99),
  }),
);
