-- The status of a message: which moves there are, and the one place that makes them.

-- Makes a message that is not stored yet, with the defaults of its table.
create function crm_api.new_message(
  p_id uuid,
  p_sub_account_id uuid,
  p_conversation_id uuid,
  p_channel text,
  p_sender_type text
)
returns public.messages
language plpgsql
stable
set search_path = ''
as $$
declare
  v_message public.messages;
begin
  v_message.id := p_id;
  v_message.sub_account_id := p_sub_account_id;
  v_message.conversation_id := p_conversation_id;
  v_message.channel := p_channel;
  v_message.sender_type := p_sender_type;
  v_message.status := 'new';
  v_message.body := '{}';
  v_message.reply_prefix := '';
  v_message.awaits_text := false;
  v_message.metadata := '{}';
  v_message.tries := 0;
  v_message.attempts := 0;
  v_message.created_at := now();
  v_message.happened_at := now();
  return v_message;
end;
$$;

-- The status, with two words that are not stored: `new` before the first one, and `failed safe` for a failure after
-- which the same message may be sent again.
create function crm_api.state_of(p_message public.messages)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
  return case
    when p_message.status = 'failed' and p_message.error ->> 'retry' = 'safe' then 'failed safe'
    else p_message.status
  end;
end;
$$;

-- The table of moves: who may move a message to a status, and from which states. `host`: a worker of ours or the
-- database itself. `vendor`: a receipt. From a status to itself the lease is renewed. `sent` ends a doubt. A failure
-- ends only what was not delivered; a later delivery is believed after all.
create function crm_api.may_move(p_from text, p_to text, p_by text)
returns boolean
language plpgsql
immutable
set search_path = ''
as $$
begin
  return case p_by || ' to ' || p_to
    when 'host to received' then p_from in ('new')
    when 'host to queued' then p_from in ('new', 'composing', 'sending', 'unknown', 'failed safe')
    when 'host to composing' then p_from in ('new', 'queued', 'composing', 'failed safe')
    when 'host to sending' then p_from in ('new', 'queued', 'composing', 'sending', 'failed safe')
    when 'host to sent' then p_from in ('new', 'queued', 'composing', 'sending', 'unknown', 'failed safe')
    when 'host to failed' then p_from in ('queued', 'composing', 'sending', 'unknown')
    when 'host to unknown' then p_from in ('queued', 'composing', 'sending')
    when 'host to superseded' then p_from in ('queued', 'composing')
    when 'vendor to sent' then p_from in ('queued', 'composing', 'sending', 'unknown', 'failed safe')
    when 'vendor to delivered' then
      p_from in ('queued', 'composing', 'sending', 'unknown', 'failed safe', 'failed', 'sent')
    when 'vendor to read' then
      p_from in ('queued', 'composing', 'sending', 'unknown', 'failed safe', 'failed', 'sent', 'delivered')
    when 'vendor to failed' then p_from in ('sending', 'unknown', 'sent')
    else false
  end;
end;
$$;

-- Writes every column that may change after the message was stored. The caller has locked the row. A text is written
-- once: if it came from p_message again, Postgres would store a long one anew at every move. False: the row is gone.
create function crm_api.save_message(p_message public.messages)
returns boolean
language plpgsql
set search_path = ''
as $$
begin
  update public.messages m
  set status = p_message.status, content = coalesce(m.content, p_message.content), usage = p_message.usage,
    policy = p_message.policy, api_key_id = p_message.api_key_id, idempotency_key = p_message.idempotency_key,
    lease_id = p_message.lease_id, lease_expires_at = p_message.lease_expires_at, due_at = p_message.due_at,
    retry_until = p_message.retry_until, tries = p_message.tries, attempts = p_message.attempts,
    repeat_through = p_message.repeat_through, repeat_until = p_message.repeat_until,
    address_id = p_message.address_id, sender_id = p_message.sender_id, provider = p_message.provider,
    provider_message_id = p_message.provider_message_id, error = p_message.error, happened_at = p_message.happened_at,
    sent_at = p_message.sent_at, delivered_at = p_message.delivered_at,
    read_at = p_message.read_at, failed_at = p_message.failed_at
  where m.id = p_message.id;
  return found;
end;
$$;

-- Every change of a status is made here. Moves a message to a status and writes p_after; stores it if it is new.
-- p_before is the stored message, whose row the caller has locked. False: there is no such move, and nothing is
-- written.
create function crm_api.move_message(
  p_before public.messages,
  p_after public.messages,
  p_to text,
  p_by text
)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages := p_after;
begin
  -- Null: there is no such message.
  if crm_api.may_move(crm_api.state_of(p_before), p_to, p_by) is not true then
    return false;
  end if;
  v_message.status := p_to;
  if p_before.status = 'new' then
    insert into public.messages values (v_message.*);
    return true;
  end if;
  return crm_api.save_message(v_message);
end;
$$;

-- Says whether nothing final is known yet: the message is under way, in doubt, or failed and may be sent again.
create function crm_api.is_open(p_message public.messages)
returns boolean
language plpgsql
immutable
set search_path = ''
as $$
begin
  return crm_api.may_move(crm_api.state_of(p_message), 'sent', 'vendor');
end;
$$;

-- Says whether an abandoned call may be made again: only if the message had one sender, whose provider takes a repeated
-- call as the same one for a while.
create function crm_api.may_repeat(p_message public.messages)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return p_message.repeat_through is not null and coalesce(p_message.repeat_until > now(), false);
end;
$$;

create function crm_api.mark_unknown(p_message public.messages)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages := p_message;
begin
  v_message.lease_expires_at := null;
  v_message.error := jsonb_build_object('code', 'delivery_unknown', 'retry', 'check');
  return crm_api.move_message(p_message, v_message, 'unknown', 'host');
end;
$$;

create function crm_api.fail_message(p_message public.messages, p_error jsonb)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages := p_message;
begin
  v_message.failed_at := now();
  v_message.error := p_error;
  v_message.due_at := null;
  v_message.lease_expires_at := null;
  return crm_api.move_message(p_message, v_message, 'failed', 'host');
end;
$$;

-- The error of a message whose key ended before it was sent. A caller with a valid key may send it again under that
-- one.
create function crm_api.key_ended()
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'code', 'invalid_api_key', 'retry', 'safe',
    'message', 'The API key that this message was queued with was revoked, or expired, before it was sent. '
      || 'Nothing was sent: send the same request again with a valid key.'
  );
end;
$$;

-- Adds up the tokens of all tries, because each of them was paid for.
create function crm_api.add_usage(p_before jsonb, p_now jsonb)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  return case
    when p_before is null or p_now is null then coalesce(p_now, p_before)
    else jsonb_build_object(
      'input_tokens', (p_before ->> 'input_tokens')::bigint + (p_now ->> 'input_tokens')::bigint,
      'output_tokens', (p_before ->> 'output_tokens')::bigint + (p_now ->> 'output_tokens')::bigint
    )
  end;
end;
$$;

-- Ends a reply that nobody needs any more. If a host began to send it while this waited for its row, the reply goes on.
create function crm_api.supersede(p_message_id uuid, p_usage jsonb)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  v_before public.messages;
  v_message public.messages;
begin
  select * into v_before from public.messages m where m.id = p_message_id for update;
  v_message := v_before;
  v_message.usage := crm_api.add_usage(v_before.usage, p_usage);
  v_message.due_at := null;
  v_message.lease_expires_at := null;
  v_message.error := null;
  -- Another reply to the same message has the same key.
  v_message.idempotency_key := null;
  return crm_api.move_message(v_before, v_message, 'superseded', 'host');
end;
$$;
