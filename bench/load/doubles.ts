// A process of its own, with database, vendor and model at once. After a delay it answers from memory what the real
// ones answered. GET /_counts says how many calls there were, and how long each kind waited; GET /_delay/20 makes the
// delay 20 ms.
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { parseArgs } from 'node:util';
import { answerKey, findMessageId, messageIdPlace, recordingSchema } from './recording.ts';

const { values } = parseArgs({ options: { recording: { type: 'string', default: '' } } });
let delay = 0;
const recording = recordingSchema.parse(JSON.parse(await readFile(values.recording, 'utf8')));
const answers = new Map(Object.entries(recording));

type Count = { calls: number; heldMs: number };
const counts = new Map<string, Count>();

const count = (key: string, heldMs: number) => {
  const before = counts.get(key) ?? { calls: 0, heldMs: 0 };
  counts.set(key, { calls: before.calls + 1, heldMs: before.heldMs + heldMs });
};

const tellCounts = (response: ServerResponse) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(Object.fromEntries(counts)));
  counts.clear();
};

const answer = (request: IncomingMessage, body: string, response: ServerResponse) => {
  const key = answerKey(request.method ?? '', request.url ?? '', body);
  const recorded = answers.get(key);
  if (!recorded) {
    response.writeHead(501, { 'content-type': 'text/plain' });
    response.end(`nothing was recorded for ${key}`);
    return;
  }
  const startedAt = performance.now();
  const give = () => {
    count(key, performance.now() - startedAt);
    const text = recorded.body.replaceAll(messageIdPlace, findMessageId(body) ?? messageIdPlace);
    response.writeHead(recorded.status, {
      'content-type': recorded.contentType,
      // As Twilio's responses have it.
      'content-length': Buffer.byteLength(text),
    });
    response.end(text);
  };
  if (delay === 0) give();
  else setTimeout(give, delay);
};

const server = createServer((request, response) => {
  if (request.url === '/_counts') return tellCounts(response);
  if (request.url?.startsWith('/_delay/')) {
    delay = Number(request.url.slice('/_delay/'.length));
    return response.end();
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => answer(request, Buffer.concat(chunks).toString(), response));
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Expected a TCP address.');
  console.log(`listening on ${address.port}`);
});
