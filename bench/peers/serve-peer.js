// A process of its own: sends through one SDK, as often as it is asked to. JavaScript, because the SDKs are not installed
// where the project's types are checked.
import { createServer } from 'node:http';

const { createSend } = await import(`./${process.argv[2]}.js`);
const send = createSend(JSON.parse(process.env.PEER));

const sendOnce = async () => {
  const id = await send();
  if (typeof id !== 'string' || id === '') throw new Error(`The message got the id ${id}.`);
};

/** Sends on so many places at one time, for so many seconds, or so many in total. */
const run = async ({ connections, seconds = Infinity, amount = Infinity }) => {
  const startedAt = performance.now();
  let requests = 0;
  const sendOn = async () => {
    while (requests < amount && performance.now() - startedAt < seconds * 1000) {
      requests += 1;
      await sendOnce();
    }
  };
  await Promise.all(Array.from({ length: connections }, sendOn));
  return { requests, failed: 0, seconds: (performance.now() - startedAt) / 1000, latencies: [] };
};

const server = createServer(async (request, response) => {
  const { searchParams } = new URL(request.url, 'http://127.0.0.1');
  const plan = Object.fromEntries([...searchParams].map(([name, value]) => [name, Number(value)]));
  try {
    response.end(JSON.stringify(await run(plan)));
  } catch (error) {
    response.writeHead(500).end(String(error?.stack ?? error));
  }
});
server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
