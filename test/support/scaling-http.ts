import { demoData } from '../../dev/demo-data.ts';
import { createApp } from '../../src/app.ts';
import { createDeps } from '../../src/compose.ts';
import type { Subject } from './measure-growth.ts';
import { inHeader } from './signed-call.ts';

const refused = {
  outcome: 'refused',
  code: 'conversation_not_found',
  message_id: null,
  connected_providers: null,
  rate: null,
};
const app = createApp(
  createDeps(
    {
      SUPABASE_URL: 'http://127.0.0.1:1',
      SUPABASE_SECRET_KEY: 'sb_secret_unused',
      CREDENTIALS_KEY: demoData.credentialsKey,
      PUBLIC_URL: 'https://crm.example',
    },
    { fetch: async () => Response.json(refused), now: Date.now, log: () => undefined },
  ),
  '',
);

const post = (body: string, headers: Readonly<Record<string, string>> = {}) =>
  app.request('/send-message', {
    method: 'POST',
    headers: { 'x-api-key': demoData.apiKey, 'content-type': 'application/json', ...headers },
    body,
  });

/** The parts of a request over HTTP. */
export const httpSubjects: readonly [string, Subject][] = [
  ['the body of a message', (text) => post(text)],
  [
    'the fields of a message',
    (text) =>
      post(
        JSON.stringify({
          content: text,
          ai: false,
          channel: 'sms',
          conversation_id: 'c',
          subject: text,
          message_id: text,
          agent_id: text,
        }),
      ),
  ],
  [
    'the headers of a message',
    (text) =>
      post('{}', {
        'x-api-key': inHeader(text),
        authorization: inHeader(text),
        prefer: inHeader(text),
        'content-type': `application/json;${inHeader(text)}`,
        'x-request-id': inHeader(text),
        'idempotency-key': inHeader(text),
      }),
  ],
  [
    'a path and its query',
    (text) =>
      app.request(
        `/messages/${encodeURIComponent(text.toWellFormed())}?${encodeURIComponent(text.toWellFormed())}`,
      ),
  ],
];
