-- The first round trip of a message: it is stored with a lease before anything is sent.

create function crm_api.draft_message(
  p_sub_account_id uuid,
  p_conversation_id uuid,
  p_message_id uuid,
  p_channel text,
  p_content text,
  p_prompt text,
  p_agent_id uuid
)
returns public.messages
language plpgsql
immutable
set search_path = ''
as $$
declare
  v_message public.messages;
begin
  v_message.id := p_message_id;
  v_message.sub_account_id := p_sub_account_id;
  v_message.conversation_id := p_conversation_id;
  v_message.channel := p_channel;
  v_message.sender_type := case when p_agent_id is null then 'user' else 'agent' end;
  v_message.content := p_content;
  v_message.prompt := p_prompt;
  v_message.agent_id := p_agent_id;
  return v_message;
end;
$$;

-- Stores the message, or takes up the stored one again, in the state of what comes next: an agent
-- still has to write it (composing), or a provider is asked (sending).
create function crm_api.lease_message(
  p_message public.messages,
  p_lease_id uuid,
  p_lease_seconds integer,
  p_senders jsonb,
  p_repeatable text[]
)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages;
begin
  insert into public.messages as m (
    id, sub_account_id, conversation_id, channel, sender_type, status, content, subject, reply_prefix, agent_id, prompt,
    api_key_id, idempotency_key, request_hash, address_id, metadata, retry_until, lease_id, lease_expires_at, tries,
    repeat_through
  )
  values (
    p_message.id, p_message.sub_account_id, p_message.conversation_id, p_message.channel, p_message.sender_type,
    case when p_message.content is null then 'composing' else 'sending' end,
    p_message.content, p_message.subject, coalesce(p_message.reply_prefix, ''), p_message.agent_id, p_message.prompt,
    p_message.api_key_id, p_message.idempotency_key, p_message.request_hash, p_message.address_id, p_message.metadata,
    p_message.retry_until, p_lease_id, now() + make_interval(secs => p_lease_seconds), 1,
    case when jsonb_array_length(p_senders) = 1 and p_senders -> 0 ->> 'provider' = any (p_repeatable)
      then (p_senders -> 0 ->> 'id')::uuid end
  )
  on conflict (id) do update
  set status = excluded.status, lease_id = excluded.lease_id, lease_expires_at = excluded.lease_expires_at,
    address_id = excluded.address_id, repeat_through = excluded.repeat_through, tries = m.tries + 1,
    api_key_id = excluded.api_key_id,
    retry_until = excluded.retry_until, due_at = null, error = null, failed_at = null,
    -- The contact has seen nothing of it before.
    happened_at = case when m.status in ('queued', 'failed') then now() else m.happened_at end
  where m.sub_account_id = excluded.sub_account_id
  returning m.* into v_message;
  return v_message;
end;
$$;

-- Stores the message to be sent later, by whoever claims it. Until then the lease's holder may let go of it.
create function crm_api.queue_message(p_message public.messages, p_lease_id uuid, p_retry_hours integer)
returns uuid
language plpgsql
set search_path = ''
as $$
declare
  v_id uuid;
begin
  insert into public.messages as m (
    id, sub_account_id, conversation_id, channel, sender_type, status, content, subject, reply_prefix, agent_id, prompt,
    api_key_id, idempotency_key, request_hash, address_id, sender_id, metadata, lease_id, due_at, retry_until
  )
  values (
    p_message.id, p_message.sub_account_id, p_message.conversation_id, p_message.channel, p_message.sender_type,
    'queued', p_message.content, p_message.subject, coalesce(p_message.reply_prefix, ''), p_message.agent_id,
    p_message.prompt,
    p_message.api_key_id, p_message.idempotency_key, p_message.request_hash, p_message.address_id, p_message.sender_id,
    p_message.metadata, p_lease_id, now(), now() + make_interval(hours => p_retry_hours)
  )
  on conflict (id) do update
  set status = 'queued', lease_id = excluded.lease_id, due_at = excluded.due_at, retry_until = excluded.retry_until, tries = 0,
    api_key_id = excluded.api_key_id, sender_id = excluded.sender_id, error = null, failed_at = null, lease_expires_at = null
  where m.sub_account_id = excluded.sub_account_id
  returning m.id into v_id;
  return v_id;
end;
$$;

-- Stores the message and answers as begin_send does, but for the rate. `known`: this very request was stored before.
create function crm_api.begin_message(
  p_sub_account_id uuid,
  p_api_key_id uuid,
  p_message_id uuid,
  p_lease_id uuid,
  p_lease_seconds integer,
  p_conversation_ref text,
  p_channel text,
  p_providers text[],
  p_metadata jsonb,
  p_request_hash text,
  p_history_limit integer,
  p_conversation_id uuid,
  p_reply_window_hours integer,
  p_content text,
  p_prompt text,
  p_agent_id uuid,
  p_subject text,
  p_idempotency_key text,
  p_repeatable text[],
  p_queue_hours integer,
  p_reply_prefix text,
  out known boolean,
  out answer jsonb
)
language plpgsql
set search_path = ''
as $$
declare
  v_target record;
  v_message public.messages;
  v_repeat text;
begin
  v_message := crm_api.find_said(p_sub_account_id, p_message_id, p_idempotency_key);
  known := coalesce(v_message.id = p_message_id, false);
  if v_message.id is not null then
    v_repeat := crm_api.decide_repeat(
      v_message, p_lease_id,
      crm_api.is_same_request(v_message, p_request_hash, p_conversation_id, p_conversation_ref, p_metadata),
      p_queue_hours is not null
    );
  end if;
  if v_repeat in ('replay', 'in_progress') then
    answer := crm_api.describe_stored(v_repeat, v_message.id);
    return;
  elsif v_repeat not in ('take_up', 'begun') then
    answer := crm_api.describe_refusal(v_repeat, v_message.id, null);
    return;
  end if;

  -- What is stored stays with its conversation, whomever the caller's own id for it may mean by now.
  select * into v_target from crm_api.resolve_target(
    p_sub_account_id,
    coalesce(v_message.conversation_id, p_conversation_id),
    case when v_message.id is null then p_conversation_ref end,
    p_channel, p_agent_id, p_providers, p_reply_window_hours,
    crm_api.find_replied_outsider(p_sub_account_id, coalesce(v_message.metadata, p_metadata))
  );
  if v_target.refusal is not null then
    if v_message.status = 'queued' or v_repeat = 'begun' then
      perform crm_api.fail_message(
        v_message.id, jsonb_build_object('code', v_target.refusal, 'retry', 'never')
      );
    end if;
    answer := crm_api.describe_refusal(v_target.refusal, v_message.id, v_target.connected_providers);
    return;
  end if;

  if v_repeat is null then
    v_message := crm_api.draft_message(
      p_sub_account_id, v_target.conversation_id, p_message_id, p_channel, p_content, p_prompt, p_agent_id
    );
    v_message.subject := case when p_channel = 'email' then p_subject end;
    v_message.reply_prefix := p_reply_prefix;
    v_message.address_id := v_target.address_id;
    v_message := crm_api.give_subject(v_message);
    v_message.idempotency_key := p_idempotency_key;
    v_message.request_hash := p_request_hash;
    v_message.metadata := p_metadata;
  end if;
  v_message.api_key_id := p_api_key_id;
  v_message.address_id := v_target.address_id;
  if v_message.sender_type = 'user' then
    -- An agent that is answering here sees this message, or has committed before.
    perform crm_api.lock_conversation(v_message.conversation_id, true);
  end if;
  -- Whoever waits for the answer is told what came of it, and may send it again: nobody else does then.
  v_message.retry_until := null;
  if p_queue_hours is not null and v_repeat is distinct from 'begun' then
    v_message.sender_id := (v_target.senders #>> '{0,id}')::uuid;
    v_message.id := crm_api.queue_message(v_message, p_lease_id, p_queue_hours);
    answer := crm_api.describe_stored('queued', v_message.id);
    return;
  elsif v_repeat is distinct from 'begun' then
    v_message := crm_api.lease_message(v_message, p_lease_id, p_lease_seconds, v_target.senders, p_repeatable);
  end if;
  answer := crm_api.describe_begun(v_message, v_target.senders, p_history_limit);
end;
$$;

-- Answers with `outcome`: begun (go on), queued (with p_queue_hours: it is stored for later), in_progress or replay
-- (what became of it before), or refused with an error code. Repeated with the same p_lease_id it has the same
-- effect, so that a lost answer can be asked for again. The token is taken last, because the key's row is locked
-- from there to the commit, and without one all is undone; what is only told again needs none. p_task_hash stands for
-- what an agent is to do about a message, and asks for a key that is derived from it.
create function public.begin_send(
  p_key_hash text,
  p_message_id uuid,
  p_lease_id uuid,
  p_lease_seconds integer,
  p_conversation_ref text,
  p_channel text,
  p_providers text[],
  p_metadata jsonb,
  p_request_hash text,
  p_history_limit integer,
  p_conversation_id uuid default null,
  p_reply_window_hours integer default null,
  p_content text default null,
  p_prompt text default null,
  p_agent_id uuid default null,
  p_subject text default null,
  p_idempotency_key text default null,
  p_repeatable text[] default '{}',
  p_queue_hours integer default null,
  p_task_hash text default null,
  p_reply_prefix text default ''
)
returns jsonb
language plpgsql
set search_path = ''
-- Shorter than the caller waits: what has given up must not be stored after all.
set lock_timeout = '4s'
as $$
declare
  v_key public.api_keys := crm_api.find_key(p_key_hash);
  v_begun record;
  v_taken public.api_keys;
begin
  if v_key.id is null then
    return crm_api.describe_refusal('invalid_api_key', null, null);
  end if;
  if p_task_hash is not null then
    p_idempotency_key := crm_api.derive_key(
      v_key.sub_account_id, p_conversation_id, p_conversation_ref, p_channel, p_metadata, p_task_hash
    );
    p_request_hash := p_idempotency_key;
  end if;
  -- What is read without a lock is never too low, so who is refused here would be refused below.
  if crm_api.count_tokens(v_key) < 1 and not exists (
    select 1 from public.messages m
    where m.sub_account_id = v_key.sub_account_id and (m.id = p_message_id or m.idempotency_key = p_idempotency_key)
  ) then
    return crm_api.describe_rate_limited(v_key);
  end if;

  select * into v_begun from crm_api.begin_message(
    v_key.sub_account_id, v_key.id, p_message_id, p_lease_id, p_lease_seconds, p_conversation_ref, p_channel, p_providers,
    p_metadata, p_request_hash, p_history_limit, p_conversation_id, p_reply_window_hours, p_content, p_prompt,
    p_agent_id, p_subject, p_idempotency_key, p_repeatable, p_queue_hours, p_reply_prefix
  );
  v_taken := crm_api.take_token(v_key.id);
  -- A repeated call of a request that is stored already has paid for itself.
  if v_taken.id is null and not v_begun.known
    and v_begun.answer ->> 'outcome' not in ('replay', 'in_progress') then
    raise exception 'the bucket is empty' using errcode = 'CR429';
  elsif clock_timestamp() > now() + interval '4 seconds' and v_begun.answer ->> 'outcome' in ('begun', 'queued') then
    raise exception 'the caller has given up' using errcode = 'lock_not_available';
  end if;
  return v_begun.answer
    || jsonb_build_object('rate', crm_api.describe_rate(v_key, v_taken), 'api_key_id', v_key.id);
exception when sqlstate 'CR429' then
  return crm_api.describe_rate_limited(crm_api.find_key(p_key_hash));
end;
$$;
