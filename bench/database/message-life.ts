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

const begin = (caller: Caller, changes: Arguments) => ({
  p_key_hash: caller.keyHash,
  p_message_id: newMessageId(),
  p_lease_id: randomUUID(),
  p_lease_seconds: 90,
  p_conversation_ref: caller.conversation,
  p_channel: 'sms',
  p_providers: ['twilio'],
  p_repeatable: [],
  p_metadata: {},
  p_request_hash: randomUUID(),
  p_history_limit: historyLimit,
  ...changes,
});

type Begun = { readonly p_message_id: string; readonly p_lease_id: string };

const settle = (caller: Caller, { p_message_id, p_lease_id }: Begun, label: string): Step => {
  const at = new Date().toISOString();
  const attempt = { number: 1, sender_id: caller.senderId, provider: 'twilio' };
  const times = { started_at: at, finished_at: at };
  return {
    label,
    name: 'settle_send',
    values: {
      p_message_id,
      p_lease_id,
      p_status: 'sent',
      p_at: at,
      p_attempts: [{ ...attempt, ...times, outcome: 'accepted' }],
      p_sender_id: caller.senderId,
      p_provider: 'twilio',
      p_provider_message_id: `SM${randomUUID().replaceAll('-', '')}`,
    },
  };
};

const manual = { p_content: 'Your appointment is tomorrow at ten.' };

/** A message that the caller wrote. */
export const listManual = (caller: Caller): Step[] => {
  const begun = begin(caller, manual);
  return [
    { label: 'begin_send', name: 'begin_send', values: begun },
    settle(caller, begun, 'settle_send'),
  ];
};

const listWithKey = (caller: Caller): Step[] => {
  const begun = begin(caller, { ...manual, p_idempotency_key: randomUUID() });
  return [
    { label: 'begin_send, with a key', name: 'begin_send', values: begun },
    settle(caller, begun, 'settle_send, with a key'),
    {
      label: 'begin_send, replayed',
      name: 'begin_send',
      values: { ...begun, p_message_id: newMessageId(), p_lease_id: randomUUID() },
    },
  ];
};

const listWritten = (caller: Caller): Step[] => {
  const begun = begin(caller, {
    p_prompt: 'Remind her.',
    p_agent_id: caller.agentId,
    p_metadata: { message_id: `msg_${randomUUID()}`, message_uuid: randomUUID() },
  });
  const { p_message_id, p_lease_id, p_key_hash } = begun;
  const reply = {
    p_message_id,
    p_lease_id,
    p_lease_seconds: 90,
    p_content: 'See you tomorrow at ten!',
    p_usage: { input_tokens: 400, output_tokens: 12 },
  };
  return [
    { label: 'begin_send, AI', name: 'begin_send', values: begun },
    { label: 'commit_reply', name: 'commit_reply', values: reply },
    settle(caller, begun, 'settle_send, AI'),
    { label: 'get_message', name: 'get_message', values: { p_key_hash, p_message_id } },
  ];
};

const policy = { providers: ['twilio'], repeatable: [], reply_window_hours: null };

const listClaimed = (caller: Caller): Step[] => {
  const queued = begin(caller, { ...manual, p_queue_hours: 24 });
  const claim = {
    p_lease_id: randomUUID(),
    p_lease_seconds: 90,
    p_limit: 2,
    p_policies: { sms: policy },
    p_max_tries: 8,
    p_history_limit: historyLimit,
  };
  const claimed = { p_message_id: queued.p_message_id, p_lease_id: claim.p_lease_id };
  return [
    { label: 'begin_send, queued', name: 'begin_send', values: queued },
    { label: 'claim_sends', name: 'claim_sends', values: claim },
    settle(caller, claimed, 'settle_send, claimed'),
  ];
};

/** Every call that messages need, in their order: one message of each kind, from beginning to end. */
export const listSteps = (caller: Caller): Step[] => [
  ...listManual(caller),
  ...listWithKey(caller),
  ...listWritten(caller),
  ...listClaimed(caller),
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
