-- The status of a message, and what moves it on.

-- Tokens of all tries together: each of them was paid for.
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

-- Nothing final is known of it yet: it is under way, in doubt, or failed in a way that lets it be sent again.
create function crm_api.is_open(p_message public.messages)
returns boolean
language plpgsql
immutable
set search_path = ''
as $$
begin
  return p_message.status in ('queued', 'composing', 'sending', 'unknown')
    or (p_message.status = 'failed' and p_message.error ->> 'retry' = 'safe');
end;
$$;

-- May a receipt move a message on? `sent` means that the vendor has it, so it ends a doubt; a failure ends what was not
-- delivered, and a later delivery is believed after all.
create function crm_api.moves_on(p_message public.messages, p_status text)
returns boolean
language plpgsql
immutable
set search_path = ''
as $$
begin
  return case p_status
    when 'sent' then crm_api.is_open(p_message)
    when 'delivered' then crm_api.is_open(p_message) or p_message.status in ('sent', 'failed')
    when 'read' then crm_api.is_open(p_message) or p_message.status in ('sent', 'delivered', 'failed')
    when 'failed' then p_message.status in ('sending', 'unknown', 'sent')
  end;
end;
$$;

-- Whether an abandoned call may be made again: its only sender's provider takes a repeated call as one, for a day.
create function crm_api.may_repeat(p_message public.messages)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return p_message.repeat_through is not null and p_message.created_at >= now() - interval '23 hours';
end;
$$;

create function crm_api.mark_unknown(p_message_id uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  update public.messages
  set status = 'unknown', lease_expires_at = null,
    error = jsonb_build_object('code', 'delivery_unknown', 'retry', 'check')
  where id = p_message_id;
end;
$$;

create function crm_api.fail_message(p_message_id uuid, p_error jsonb)
returns void
language plpgsql
set search_path = ''
as $$
begin
  update public.messages
  set status = 'failed', failed_at = now(), error = p_error, due_at = null, lease_expires_at = null
  where id = p_message_id;
end;
$$;

-- What is told of a message whose key ended before it was sent. Whoever has a valid key may send it again under its own.
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

-- An answer that is repeated may have begun to be sent while its row was waited for: that one goes on.
create function crm_api.supersede(p_message_id uuid, p_usage jsonb)
returns void
language plpgsql
set search_path = ''
as $$
begin
  update public.messages m
  set status = 'superseded', usage = crm_api.add_usage(m.usage, p_usage), due_at = null, lease_expires_at = null, error = null,
    -- The contact's message may yet be answered by another.
    idempotency_key = null
  where m.id = p_message_id and m.status in ('queued', 'composing');
end;
$$;
