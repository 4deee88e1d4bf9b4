import { demoData } from '../../dev/demo-data.ts';
import { createDeps } from '../../src/compose.ts';
import type { Begun } from '../../src/ports/begin-send.ts';

const io = { fetch, now: () => Date.now(), log: () => undefined };
const environment = {
  SUPABASE_URL: 'http://127.0.0.1:1',
  SUPABASE_SECRET_KEY: 'sb_secret_unused',
  CREDENTIALS_KEY: demoData.credentialsKey,
  PUBLIC_URL: 'https://crm.example.com',
};
/** For steps that ask no database: there is none. */
export const deps = createDeps(environment, io);
/** A message that an agent has still to write. */
export const begun: Begun = {
  outcome: 'begun',
  messageId: '0197f1a0-0000-7000-8000-000000000002',
  channel: 'sms',
  content: null,
  prompt: null,
  parts: {},
  subject: null,
  automatic: false,
  attempts: 0,
  tries: 1,
  retried: false,
  recipient: { address: '+15005550101', name: 'Jane' },
  senders: [],
  replyTo: null,
  agent: null,
  history: [],
  apiKeyId: null,
};
