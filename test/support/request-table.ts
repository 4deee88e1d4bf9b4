import { demoData } from '../../dev/demo-data.ts';
import { channels } from '../../src/ports/channel.ts';
import { webhookTable } from './webhook-table.ts';

export type TableRequest = {
  readonly name: string;
  readonly method: string;
  /** The path after the mount path; `{last}` is the id in the last response that had one. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer> | null;
  readonly status: number;
  /** The error's code; null: a success. */
  readonly code: string | null;
  /** SQL that runs first. */
  readonly before?: string;
};

type Fields = Readonly<Record<string, unknown>>;
type Overrides = Partial<Omit<TableRequest, 'headers' | 'body'>> & {
  readonly headers?: Readonly<Record<string, string>>;
  readonly fields?: Fields;
  readonly body?: string | Uint8Array<ArrayBuffer>;
};

const fields: Fields = {
  content: 'Your table is ready.',
  ai: false,
  conversation_id: demoData.conversationId,
  channel: 'sms',
};
const byAgent: Fields = {
  ai: true,
  content: 'Say that the table is ready.',
  agent_id: demoData.agentId,
};

/** A manual SMS to the demo's contact, with these changes. */
const send = (name: string, { headers, fields: changed, body, ...rest }: Overrides = {}) =>
  ({
    name,
    method: 'POST',
    path: '/send-message',
    headers: { 'x-api-key': demoData.apiKey, 'content-type': 'application/json', ...headers },
    body: body ?? JSON.stringify({ ...fields, ...changed }),
    status: 200,
    code: null,
    ...rest,
  }) satisfies TableRequest;

const refused = (status: number, code: string, name: string, overrides: Overrides = {}) =>
  send(name, { ...overrides, status, code });

const get = (name: string, path: string, status = 200, code: string | null = null) =>
  ({
    name,
    method: 'GET',
    path,
    headers: { 'x-api-key': demoData.apiKey },
    body: null,
    status,
    code,
  }) satisfies TableRequest;

const key = (name: string) => ({ 'x-api-key': `cfy_${name}`.padEnd(38, '0') });
const once = { 'idempotency-key': 'table-once' };
const leaseIsHeld = `update public.messages set status = 'sending', lease_expires_at = now() + interval '1 hour'
  where idempotency_key = 'table-once'`;

const successes = [
  ...channels.map((channel) => send(`${channel}, word for word`, { fields: { channel } })),
  ...channels.map((channel) =>
    send(`${channel}, written by an agent`, { fields: { ...byAgent, channel } }),
  ),
  get('what became of it', '/messages/{last}'),
  send('an unknown field', { fields: { campaign: 7 } }),
  send('fields with nothing in them', {
    fields: { agent_id: '', message_id: '', subject: null },
  }),
  send('the key as a bearer token', {
    headers: { 'x-api-key': '', authorization: `Bearer ${demoData.apiKey}` },
  }),
  send('a byte order mark', { body: `\ufeff${JSON.stringify({ ...fields, content: 'Grüße!' })}` }),
  send('a first time', { headers: once }),
  send('the same again', { headers: once }),
  ...[{}, byAgent].map((by) =>
    send(`later, ${by === byAgent ? 'written by an agent' : 'word for word'}`, {
      headers: { prefer: 'respond-async' },
      fields: by,
      status: 202,
    }),
  ),
  get('what became of it later', '/messages/{last}'),
  get('the health', '/health'),
  get('the words on an error', '/errors/rate_limited'),
  get('the description of the API', '/openapi.json'),
  get('the reference for people', '/docs'),
];

const badRequests = [
  refused(400, 'invalid_request', 'no JSON', { body: '{"content":' }),
  refused(400, 'invalid_request', 'no body', { body: '' }),
  refused(400, 'invalid_request', 'a body in Latin-1', {
    body: Uint8Array.from(Buffer.from(JSON.stringify({ ...fields, content: 'Café' }), 'latin1')),
  }),
  refused(400, 'invalid_request', 'another charset', {
    headers: { 'content-type': 'application/json; charset=iso-8859-1' },
  }),
  refused(400, 'invalid_request', 'JSON that is no object', { body: '[]' }),
  refused(400, 'invalid_request', 'another media type', {
    headers: { 'content-type': 'text/plain' },
  }),
  refused(400, 'invalid_request', 'no fields', { body: '{}' }),
  refused(400, 'invalid_request', 'a blank text', { fields: { content: ' \n' } }),
  refused(400, 'invalid_request', 'an unknown channel', { fields: { channel: 'pigeon' } }),
  refused(400, 'invalid_request', 'an agent who is not named', { fields: { ai: true } }),
  refused(400, 'invalid_request', 'an endless key', {
    headers: { 'idempotency-key': 'k'.repeat(256) },
  }),
  refused(400, 'content_too_long', 'a long SMS', { fields: { content: 'a'.repeat(2_000) } }),
  refused(413, 'payload_too_large', 'a huge body', {
    fields: { content: 'a'.repeat(256 * 1024) },
  }),
];

const strangers = [
  refused(401, 'invalid_api_key', 'no key', { headers: { 'x-api-key': '' } }),
  refused(401, 'invalid_api_key', 'two keys', {
    headers: { authorization: `Bearer cfy_${'0'.repeat(32)}` },
  }),
  refused(401, 'invalid_api_key', 'an unknown key', { headers: key('unknown') }),
  refused(401, 'invalid_api_key', 'an expired key', { headers: key('expired') }),
  refused(401, 'invalid_api_key', 'a revoked key', { headers: key('revoked') }),
  refused(429, 'rate_limited', 'a key that is used up', { headers: key('usedup') }),
];

const nobody = 'c0477e55-0000-4000-8000-00000000dead';
const agent = (end: string) => ({
  ...byAgent,
  agent_id: `a1b2c3d4-e5f6-7890-abcd-0000000000${end}`,
});

const notThere = [
  refused(404, 'conversation_not_found', 'an unknown id', {
    fields: { conversation_id: 'conv_x' },
  }),
  refused(404, 'conversation_not_found', 'an unknown UUID', {
    fields: { conversation_id: nobody },
  }),
  refused(404, 'conversation_not_found', 'a conversation of another tenant', {
    fields: { conversation_id: 'conv_another' },
  }),
  refused(404, 'agent_not_found', 'an unknown agent', { fields: { ...byAgent, agent_id: nobody } }),
  refused(404, 'agent_not_found', 'an inactive agent', { fields: agent('f2') }),
  refused(404, 'agent_not_found', 'an agent of another tenant', { fields: agent('f3') }),
  refused(404, 'not_found', 'a path that is not there', { path: '/send-messages' }),
  refused(404, 'not_found', 'a path outside of the mount', { path: '/../elsewhere' }),
  get('an unknown message', '/messages/msg_01jd0000000000000000000000', 404, 'not_found'),
  get('no message id', '/messages/17', 404, 'not_found'),
  get('an unknown error', '/errors/bad_luck', 404, 'not_found'),
  get('sending with GET', '/send-message', 405, 'method_not_allowed'),
  refused(405, 'method_not_allowed', 'posting to the health', { path: '/health' }),
];

const notNow = [
  refused(422, 'idempotency_key_reused', 'a key of another request', {
    headers: once,
    fields: { content: 'Something else.' },
  }),
  refused(409, 'send_in_progress', 'a key that is being worked on', {
    headers: once,
    before: leaseIsHeld,
  }),
  refused(422, 'channel_not_connected', 'a tenant without senders', {
    headers: key('another'),
    fields: { conversation_id: 'conv_another' },
  }),
  refused(422, 'recipient_unreachable', 'a contact without an address', {
    fields: { conversation_id: 'conv_nowhere' },
  }),
  refused(422, 'recipient_opted_out', 'a contact who said STOP', {
    fields: { conversation_id: 'conv_stopped' },
  }),
  refused(422, 'messaging_window_closed', 'a contact who wrote last yesterday', {
    fields: { conversation_id: 'conv_silent', channel: 'whatsapp' },
  }),
  refused(502, 'ai_unavailable', 'an agent without a model', { fields: agent('f1') }),
];

/**
 * A success on each channel, manual and AI, and every status code that needs no fault, in the order in which they are
 * sent.
 */
export const requestTable: readonly TableRequest[] = [
  ...successes,
  ...badRequests,
  ...strangers,
  ...notThere,
  ...notNow,
  ...webhookTable,
  refused(422, 'recipient_opted_out', 'a send after STOP'),
];
