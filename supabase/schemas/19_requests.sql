-- The documents that the API's functions get. src/store makes them, and each is read into one of these types at once. A
-- missing field is null.

-- The rules for sending a message. They are kept with it, so that a later claim follows the same rules.
create type crm_api.send_policy as (
  providers text[],
  repeatable jsonb,
  reply_window_hours integer,
  watermarks boolean
);

comment on column crm_api.send_policy.providers is 'Those that can carry this message.';
comment on column crm_api.send_policy.repeatable is
  'Providers that take a repeated call for the same message as one, and for how many seconds.';
comment on column crm_api.send_policy.reply_window_hours is
  'How many hours after the contact''s last message the channel accepts another; null: always.';
comment on column crm_api.send_policy.watermarks is
  'Its receipts may say only until when all was delivered or read. Null: no, and then the field is not stored either.';

create type crm_api.send_request as (
  key_hash text,
  message_id uuid,
  lease_id uuid,
  lease_seconds integer,
  conversation_ref text,
  conversation_id uuid,
  channel text,
  policy jsonb,
  content text,
  prompt text,
  agent_id uuid,
  parts jsonb,
  subject text,
  reply_prefix text,
  metadata jsonb,
  idempotency_key text,
  request_hash text,
  task_hash text,
  history_limit integer,
  queue_hours integer
);

comment on type crm_api.send_request is
  'One message to send. message_id and lease_id are the caller''s, so a lost result can be asked for again.';
comment on column crm_api.send_request.conversation_ref is 'The caller''s own id for the conversation.';
comment on column crm_api.send_request.conversation_id is 'The same, where it is a UUID.';
comment on column crm_api.send_request.task_hash is
  'The work of an agent on one message: the idempotency key is derived from it. Null: it is not.';
comment on column crm_api.send_request.queue_hours is
  'Store the message to be sent later, and try for so many hours. Null: send it now.';

create type crm_api.reply_commit as (
  message_id uuid,
  lease_id uuid,
  lease_seconds integer,
  content text,
  usage jsonb
);

comment on type crm_api.reply_commit is 'The text that an agent wrote.';

create type crm_api.settlement as (
  message_id uuid,
  lease_id uuid,
  status text,
  at timestamptz,
  attempts jsonb,
  sender_id uuid,
  provider text,
  provider_message_id text,
  error jsonb,
  usage jsonb,
  retry_in_ms double precision
);

comment on type crm_api.settlement is 'The outcome of a send: sent, failed, unknown, or queued to be tried again.';
comment on column crm_api.settlement.attempts is 'The calls that were made, the last one at the end.';

create type crm_api.send_claim as (
  lease_id uuid,
  lease_seconds integer,
  most integer,
  max_tries integer,
  history_limit integer,
  message_id uuid,
  turn jsonb
);

comment on column crm_api.send_claim.message_id is
  'This message alone, if it is still queued. Null: those whose turn it is.';
