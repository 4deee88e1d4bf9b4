-- Messages, agents and refusals as JSON, for the function.

create type crm_api.target as (
  refusal text,
  conversation_id uuid,
  address_id uuid,
  only_sender_id uuid,
  recipient jsonb,
  senders jsonb,
  connected_providers jsonb,
  repeat_through uuid,
  repeat_seconds double precision
);

comment on type crm_api.target is 'Who a message goes to, and through which senders (crm_api.resolve_target).';
comment on column crm_api.target.refusal is 'The error code that says why the message may not go; null: it may.';
comment on column crm_api.target.only_sender_id is 'The address takes messages from this sender only.';
comment on column crm_api.target.recipient is 'The address and, unless it is an outsider''s, the contact''s name.';
comment on column crm_api.target.senders is 'Those to try, in order (crm_api.list_senders).';
comment on column crm_api.target.connected_providers is
  'If no sender can carry this message: the providers of the senders that there are.';
comment on column crm_api.target.repeat_through is
  'The sender, if there is only this one, and its provider takes a repeated call for the same message as one.';
comment on column crm_api.target.repeat_seconds is 'For how long the first sender''s provider does so.';

-- Finds the message that the caller replies to, in the same conversation and channel, by our id or the provider's.
create function crm_api.find_replied(p_message public.messages)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select jsonb_build_object(
      'provider_message_id', m.provider_message_id,
      'email_message_id', m.metadata ->> 'email_message_id'
    )
    from (
      select * from public.messages where id = (p_message.metadata ->> 'message_uuid')::uuid
      union all
      select * from public.messages where provider_message_id = p_message.metadata ->> 'message_id'
      -- `offset 0` keeps the conditions below out of the two lookups, which would otherwise search the whole
      -- conversation.
      offset 0
    ) m
    where m.sub_account_id = p_message.sub_account_id
      and m.conversation_id = p_message.conversation_id
      and m.channel = p_message.channel
      and crm_api.may_be_told(
        crm_api.list_outsiders(m.sub_account_id, m.conversation_id), p_message.address_id, m.address_id
      )
    limit 1
  );
end;
$$;

-- Reads the last messages of the conversation, oldest first, that may be shown to an agent that writes to this address.
create function crm_api.read_history(p_message public.messages, p_limit integer)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  v_outsiders uuid[] := crm_api.list_outsiders(p_message.sub_account_id, p_message.conversation_id);
begin
  return (
    select coalesce(
      jsonb_agg(
        jsonb_build_object(
          'sender_type', h.sender_type, 'content', h.content, 'subject', h.subject, 'channel', h.channel, 'at', h.at,
          'attachments', coalesce(h.metadata -> 'attachments', '[]'),
          'details', coalesce(h.metadata -> 'details', '{}'),
          'answered_content', left(h.metadata ->> 'answered_content', 4000)
        )
        order by h.happened_at, h.created_at, h.id
      ),
      '[]'
    )
    from (
      select m.id, m.sender_type, left(m.content, 4000) as content, m.subject, m.metadata,
        coalesce(m.sent_at, m.happened_at) as at, m.happened_at, m.created_at, m.channel
      from public.messages m
      where m.sub_account_id = p_message.sub_account_id
        and m.conversation_id = p_message.conversation_id
        and (m.content is not null or m.metadata ?| array['attachments', 'details'])
        and m.status in ('received', 'sent', 'delivered', 'read', 'unknown')
        and m.id <> p_message.id
        and crm_api.may_be_told(v_outsiders, p_message.address_id, m.address_id)
      order by m.happened_at desc, m.created_at desc, m.id desc
      limit p_limit
    ) h
  );
end;
$$;

-- Describes the agent of a message that must still be written, with its connection (null: it has none).
create function crm_api.describe_agent(p_message public.messages)
returns jsonb
language plpgsql
set search_path = ''
as $$
begin
  return (
    select jsonb_build_object(
      'model', a.model,
      'instructions', a.instructions,
      'time_zone', (select s.time_zone from public.sub_accounts s where s.id = a.sub_account_id),
      'mailboxes', array(
        select s.address from public.senders s where s.sub_account_id = a.sub_account_id and s.channel = 'email'
      ),
      'tokens', crm_api.count_tokens_left(a, p_message.id),
      'connection', case when c.id is not null then
        jsonb_build_object('id', c.id, 'provider', c.provider, 'credentials', c.credentials)
      end
    )
    from public.agents a
    left join public.connections c on c.id = a.connection_id
    where a.id = p_message.agent_id
  );
end;
$$;

-- Describes everything that a worker needs to send the message that it has leased.
create function crm_api.describe_begun(
  p_message public.messages,
  p_target crm_api.target,
  p_history_limit integer
)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_composing boolean := p_message.status = 'composing';
begin
  return jsonb_build_object(
    'outcome', 'begun',
    'message_id', p_message.id,
    'channel', p_message.channel,
    'content', p_message.content,
    'prompt', p_message.prompt,
    'parts', p_message.body,
    'subject', p_message.subject,
    'automatic', p_message.replies_to_id is not null,
    'attempts', p_message.attempts,
    'tries', p_message.tries,
    'retried', p_message.retry_until is not null,
    'api_key_id', p_message.api_key_id,
    'recipient', p_target.recipient,
    'senders', p_target.senders,
    'reply_to', case when p_message.metadata ->> 'message_id' is not null then crm_api.find_replied(p_message) end,
    'agent', case when v_composing then crm_api.describe_agent(p_message) end,
    'history', case when v_composing then crm_api.read_history(p_message, p_history_limit) end
  );
end;
$$;

-- Describes a message for its caller.
create function crm_api.describe_message(p_message public.messages)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'id', p_message.id,
    'conversation_id', p_message.conversation_id,
    'channel', p_message.channel,
    'sender_type', p_message.sender_type,
    'status', p_message.status,
    'content', p_message.content,
    'subject', p_message.subject,
    'agent_id', p_message.agent_id,
    'provider', p_message.provider,
    'usage', p_message.usage,
    'error', p_message.error,
    'replied_message_id', p_message.metadata ->> 'message_id',
    'created_at', p_message.created_at,
    'due_at', p_message.due_at,
    'sent_at', p_message.sent_at,
    'delivered_at', p_message.delivered_at,
    'read_at', p_message.read_at,
    'failed_at', p_message.failed_at
  );
end;
$$;

-- Describes a message that this caller does not send, because an earlier request stored it, or because it is queued. Of
-- two calls at once, the later one may be the first to store the message, so its age may not be negative.
create function crm_api.describe_stored(p_outcome text, p_message_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select jsonb_build_object(
      'outcome', p_outcome,
      'message', crm_api.describe_message(m),
      'age_seconds', greatest(0, floor(extract(epoch from now() - m.created_at)))
    )
    from public.messages m
    where m.id = p_message_id
  );
end;
$$;

create function crm_api.describe_refusal(p_code text, p_message_id uuid, p_connected_providers jsonb)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'outcome', 'refused',
    'code', p_code,
    'message_id', p_message_id,
    'connected_providers', p_connected_providers,
    'rate', null,
    'api_key_id', null
  );
end;
$$;

create function crm_api.describe_rate_limited(p_caller crm_api.caller)
returns jsonb
language plpgsql
set search_path = ''
as $$
begin
  return crm_api.describe_refusal('rate_limited', null, null)
    || jsonb_build_object('rate', crm_api.describe_rate(p_caller, false), 'api_key_id', p_caller.id);
end;
$$;
