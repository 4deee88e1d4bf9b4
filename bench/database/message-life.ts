import { randomUUID } from 'node:crypto';
import { newMessageId } from '../../src/lib/message-id.ts';
import type { Arguments } from './call-function.ts';

/** The account, conversation and sender of the calls. */
export type Caller = {
  readonly keyHash: string;
  readonly conversation: string;
  readonly senderId: string;
  readonly agentId: string;
};

/** A call of a database function, with its name in the tables. */
export type Step = { readonly label: string; readonly name: string; readonly values: Arguments };

const historyLimit = 20;

export const policy = { providers: ['twilio'], repeatable: {}, reply_window_hours: null };

const begin = (caller: Caller, changes: Arguments) => ({
  key_hash: caller.keyHash,
  message_id: newMessageId(),
  lease_id: randomUUID(),
  lease_seconds: 90,
  conversation_ref: caller.conversation,
  channel: 'sms',
  policy,
  parts: {},
  metadata: {},
  request_hash: randomUUID(),
  history_limit: historyLimit,
  ...changes,
});

type Begun = { readonly message_id: string; readonly lease_id: string };

const step = (label: string, name: string, request: Arguments): Step => ({
  label,
  name,
  values: { p_request: request },
});

const settle = (caller: Caller, { message_id, lease_id }: Begun, label: string): Step => {
  const at = new Date().toISOString();
  const attempt = { number: 1, sender_id: caller.senderId, provider: 'twilio' };
  const times = { started_at: at, finished_at: at };
  return step(label, 'settle_send', {
    message_id,
    lease_id,
    status: 'sent',
    at,
    attempts: [{ ...attempt, ...times, outcome: 'accepted' }],
    sender_id: caller.senderId,
    provider: 'twilio',
    provider_message_id: `SM${randomUUID().replaceAll('-', '')}`,
  });
};

export const manual = { content: 'Your appointment is tomorrow at ten.' };

/** A message that the caller wrote. */
export const listManual = (caller: Caller): Step[] => {
  const begun = begin(caller, manual);
  return [step('begin_send', 'begin_send', begun), settle(caller, begun, 'settle_send')];
};

const listWithKey = (caller: Caller): Step[] => {
  const begun = begin(caller, { ...manual, idempotency_key: randomUUID() });
  const again = { ...begun, message_id: newMessageId(), lease_id: randomUUID() };
  return [
    step('begin_send, with a key', 'begin_send', begun),
    settle(caller, begun, 'settle_send, with a key'),
    step('begin_send, replayed', 'begin_send', again),
  ];
};

const listWritten = (caller: Caller): Step[] => {
  const begun = begin(caller, {
    prompt: 'Remind her.',
    agent_id: caller.agentId,
    metadata: { message_id: `msg_${randomUUID()}`, message_uuid: randomUUID() },
  });
  const { message_id, lease_id, key_hash } = begun;
  const reply = {
    message_id,
    lease_id,
    lease_seconds: 90,
    content: 'See you tomorrow at ten!',
    usage: { input_tokens: 400, output_tokens: 12 },
  };
  return [
    step('begin_send, AI', 'begin_send', begun),
    step('commit_reply', 'commit_reply', reply),
    settle(caller, begun, 'settle_send, AI'),
    {
      label: 'get_message',
      name: 'get_message',
      values: { p_key_hash: key_hash, p_message_id: message_id },
    },
  ];
};

/** A message that is queued, and claimed by a worker that takes so many at a time. */
export const listClaimed = (caller: Caller, most: number): Step[] => {
  const queued = begin(caller, { ...manual, queue_hours: 24 });
  const claim = {
    lease_id: randomUUID(),
    lease_seconds: 90,
    most,
    max_tries: 8,
    history_limit: historyLimit,
  };
  const claimed = { message_id: queued.message_id, lease_id: claim.lease_id };
  return [
    step('begin_send, queued', 'begin_send', queued),
    step('claim_sends', 'claim_sends', claim),
    settle(caller, claimed, 'settle_send, claimed'),
  ];
};

/** Every call that messages need, in their order: one message of each kind, from beginning to end. */
export const listSteps = (caller: Caller): Step[] => [
  ...listManual(caller),
  ...listWithKey(caller),
  ...listWritten(caller),
  ...listClaimed(caller, 2),
];

/** The result that a call must have, so that a call that failed is not measured. */
export const expectedAnswers: Readonly<Record<string, string>> = {
  'begin_send, replayed': '"outcome":"replay"',
  'begin_send, queued': '"outcome":"queued"',
  claim_sends: '"outcome":"begun"',
  begin_send: '"outcome":"begun"',
  commit_reply: '"outcome":"committed"',
  get_message: '"status":"sent"',
  settle_send: '"status":"sent"',
};
