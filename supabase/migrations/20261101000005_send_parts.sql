-- Parts of begin_send, each one decision: who is calling, was it said before, whom does it go to.

create schema crm_api;
comment on schema crm_api is 'Parts of the public functions; not served over HTTP.';
grant usage on schema crm_api to service_role;

-- What must run in every send is plpgsql, which keeps its plans; a function in sql is planned again at each call.

-- The tokens that the bucket holds now, with those that have dripped in since it was last counted.
create function crm_api.count_tokens(p_key public.api_keys)
returns double precision
language plpgsql
set search_path = ''
as $$
begin
  return least(
    p_key.rate_limit,
    p_key.rate_tokens
      + p_key.rate_limit * greatest(0, extract(epoch from clock_timestamp() - p_key.rate_updated_at)) / 60
  );
end;
$$;

-- All nulls: no such key, or it is not valid now.
create function crm_api.find_key(p_key_hash text)
returns public.api_keys
language plpgsql
stable
set search_path = ''
as $$
declare
  v_key public.api_keys;
begin
  select * into v_key
  from public.api_keys k
  where k.key_hash = p_key_hash
    and (k.expires_at is null or k.expires_at > now())
    and (k.revoked_at is null or k.revoked_at > now());
  return v_key;
end;
$$;

-- Takes one token from the key's bucket; all nulls: it is empty. Until it commits, every other request of the key
-- waits here, and counts again when it is let in.
create function crm_api.take_token(p_key_id uuid)
returns public.api_keys
language plpgsql
set search_path = ''
as $$
declare
  v_key public.api_keys;
begin
  update public.api_keys k
  set rate_tokens = crm_api.count_tokens(k) - 1, rate_updated_at = clock_timestamp()
  where k.id = p_key_id and crm_api.count_tokens(k) >= 1
  returning k.* into v_key;
  return v_key;
end;
$$;

-- What the caller is told of the bucket: as the taken token has left it, or as it is now.
create function crm_api.describe_rate(p_key public.api_keys, p_taken public.api_keys)
returns jsonb
language plpgsql
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'limit', p_key.rate_limit,
    'tokens', coalesce(p_taken.rate_tokens, crm_api.count_tokens(p_key))
  );
end;
$$;

-- The conversation that the caller means: by its UUID, or by the caller's own id for it.
create function crm_api.find_conversation(p_sub_account_id uuid, p_conversation_id uuid, p_external_id text)
returns public.conversations
language plpgsql
stable
set search_path = ''
as $$
declare
  v_conversation public.conversations;
begin
  select * into v_conversation
  from public.conversations c
  where c.sub_account_id = p_sub_account_id
    and (c.id = p_conversation_id or c.external_id = p_external_id)
  order by c.id = p_conversation_id desc nulls last
  limit 1;
  return v_conversation;
end;
$$;

-- One name for the message that is replied to, whichever the caller uses: the provider's, which it has before it is stored here.
create function crm_api.name_replied(p_conversation_id uuid, p_channel text, p_metadata jsonb)
returns text
language plpgsql
stable
set search_path = ''
as $$
begin
  return coalesce(
    (
      select m.provider_message_id from public.messages m
      where m.id = (p_metadata ->> 'message_uuid')::uuid and m.sender_type = 'contact'
        and m.conversation_id = p_conversation_id and m.channel = p_channel
    ),
    p_metadata ->> 'message_id'
  );
end;
$$;

-- The idempotency key of an agent's answer to a message: of the conversation and the message themselves, because callers have
-- several names for both. Null: there is no such conversation.
create function crm_api.derive_key(
  p_sub_account_id uuid,
  p_conversation_id uuid,
  p_external_id text,
  p_channel text,
  p_metadata jsonb,
  p_task_hash text
)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  v_conversation_id uuid := (crm_api.find_conversation(p_sub_account_id, p_conversation_id, p_external_id)).id;
  v_parts text := jsonb_build_array(
    v_conversation_id, crm_api.name_replied(v_conversation_id, p_channel, p_metadata), p_task_hash
  );
begin
  if v_conversation_id is null then
    return null;
  end if;
  return 'reply:' || encode(pg_catalog.sha256(convert_to(v_parts, 'UTF8')), 'hex');
end;
$$;

-- Whether an idempotency key comes with the request that it was first used for. The first part of a hash is of the request as
-- it was written, the second of all but the names of the conversation and of the message that is replied to.
create function crm_api.is_same_request(
  p_message public.messages,
  p_request_hash text,
  p_conversation_id uuid,
  p_external_id text,
  p_metadata jsonb
)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  if split_part(p_message.request_hash, ':', 1) = split_part(p_request_hash, ':', 1) then
    return true;
  elsif split_part(p_request_hash, ':', 2) = ''
    or split_part(p_message.request_hash, ':', 2) is distinct from split_part(p_request_hash, ':', 2) then
    return false;
  end if;
  return p_message.conversation_id
      = (crm_api.find_conversation(p_message.sub_account_id, p_conversation_id, p_external_id)).id
    and crm_api.name_replied(p_message.conversation_id, p_message.channel, p_message.metadata)
      is not distinct from crm_api.name_replied(p_message.conversation_id, p_message.channel, p_metadata);
end;
$$;

-- A key that sends nothing any more: expired, revoked or deleted.
create function crm_api.has_key_ended(p_key_id uuid)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return p_key_id is not null and not exists (
    select 1 from public.api_keys k
    where k.id = p_key_id
      and (k.expires_at is null or k.expires_at > now())
      and (k.revoked_at is null or k.revoked_at > now())
  );
end;
$$;

-- The message that this request, or an earlier one with its idempotency key, has stored. Whoever asks
-- with the same key at the same time waits here until the first one has committed.
create function crm_api.find_said(p_sub_account_id uuid, p_message_id uuid, p_idempotency_key text)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages;
begin
  perform pg_catalog.pg_advisory_xact_lock(
    pg_catalog.hashtextextended(coalesce(p_sub_account_id || p_idempotency_key, p_message_id::text), 0)
  );
  select * into v_message
  from public.messages m
  where m.sub_account_id = p_sub_account_id
    and (m.id = p_message_id or m.idempotency_key = p_idempotency_key)
  limit 1
  for update;
  return v_message;
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

-- What is to be done about a message that is already stored. `begun`: this very request stored it, and
-- its answer was lost. `take_up`: nothing was sent, and nobody is working on it. An abandoned
-- `sending` becomes `unknown`, for the provider may have been asked; where it takes a repeated call as one, the message
-- is left to the sweeper, which repeats it.
create function crm_api.decide_repeat(
  p_message public.messages,
  p_lease_id uuid,
  p_same_request boolean,
  p_async boolean
)
returns text
language plpgsql
set search_path = ''
as $$
declare
  v_leased boolean := coalesce(p_message.lease_expires_at > now(), false);
begin
  if not p_same_request then
    return 'idempotency_key_reused';
  elsif p_message.status in ('composing', 'sending') and p_message.lease_id = p_lease_id and v_leased then
    return 'begun';
  elsif p_message.status = 'failed' and p_message.error ->> 'retry' = 'safe' then
    -- A late copy of the call that stored it has nobody waiting for its answer.
    return case when p_message.lease_id = p_lease_id then 'replay' else 'take_up' end;
  elsif p_message.status = 'queued' then
    return case when p_async then 'in_progress' else 'take_up' end;
  elsif p_message.status in ('composing', 'sending') and v_leased then
    return 'in_progress';
  elsif p_message.status = 'composing' then
    return 'take_up';
  elsif p_message.status = 'sending' and crm_api.may_repeat(p_message) then
    return 'in_progress';
  elsif p_message.status = 'sending' then
    perform crm_api.mark_unknown(p_message.id);
  end if;
  return 'replay';
end;
$$;

-- The senders to try, in order, with what is needed to use them. A resting one comes last, but for the one that the contact
-- wrote to: from another, an answer would come from a stranger.
create function crm_api.list_senders(
  p_sub_account_id uuid,
  p_channel text,
  p_providers text[],
  p_only_sender_id uuid,
  p_answering_sender_id uuid
)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(to_jsonb(s) - 'position' order by s.position), '[]')
    from (
      select s.id, s.address, s.connection_id, c.provider, c.credentials,
        row_number() over (
          order by coalesce(s.id = p_answering_sender_id, false) desc, coalesce(s.rests_until > now(), false),
            s.priority, s.created_at, s.id
        ) as position
      from public.senders s
      join public.connections c on c.id = s.connection_id
      where s.sub_account_id = p_sub_account_id
        and s.channel = p_channel
        and s.active
        and c.provider = any (p_providers)
        and (p_only_sender_id is null or s.id = p_only_sender_id)
      order by position
      limit 3
    ) s
  );
end;
$$;

-- The providers of the senders that are active and can reach the address, whether they can carry this message or not.
create function crm_api.list_connected(p_sub_account_id uuid, p_channel text, p_only_sender_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(distinct c.provider), '[]')
    from public.senders s
    join public.connections c on c.id = s.connection_id
    where s.sub_account_id = p_sub_account_id
      and s.channel = p_channel
      and s.active
      and (p_only_sender_id is null or s.id = p_only_sender_id)
  );
end;
$$;

-- Whom the message goes to, and through what. `refusal` is null, or the error code that says why it may
-- not go; `connected_providers` tells a channel without senders from one whose senders cannot take this text. An answer
-- goes to the address that the contact wrote from, as long as it is the contact's, through the sender that was written to.
create function crm_api.resolve_target(
  p_sub_account_id uuid,
  p_conversation_id uuid,
  p_external_id text,
  p_channel text,
  p_agent_id uuid,
  p_providers text[],
  p_reply_window_hours integer,
  p_answered_address_id uuid default null,
  p_answering_sender_id uuid default null,
  out refusal text,
  out conversation_id uuid,
  out address_id uuid,
  out senders jsonb,
  out connected_providers jsonb
)
language plpgsql
stable
set search_path = ''
as $$
declare
  v_conversation public.conversations
    := crm_api.find_conversation(p_sub_account_id, p_conversation_id, p_external_id);
  v_address public.contact_addresses;
begin
  conversation_id := v_conversation.id;
  if conversation_id is null then
    refusal := 'conversation_not_found';
    return;
  elsif p_agent_id is not null and not exists (
    select 1 from public.agents a
    where a.id = p_agent_id and a.sub_account_id = p_sub_account_id and a.active
  ) then
    refusal := 'agent_not_found';
    return;
  end if;

  select * into v_address
  from public.contact_addresses a
  where a.sub_account_id = p_sub_account_id and a.contact_id = v_conversation.contact_id and a.channel = p_channel
  order by coalesce(a.id = p_answered_address_id, false) desc, a.learnt_from_thread,
    a.invalid_at is not null, a.last_inbound_at desc nulls last, a.created_at, a.id
  limit 1;

  address_id := v_address.id;
  senders := crm_api.list_senders(
    p_sub_account_id, p_channel, p_providers, v_address.only_sender_id, p_answering_sender_id
  );
  if senders = '[]' then
    connected_providers := crm_api.list_connected(p_sub_account_id, p_channel, v_address.only_sender_id);
  end if;
  refusal := case
    when senders = '[]' then 'channel_not_connected'
    when v_address.id is null then 'recipient_unreachable'
    when v_address.opted_out_at is not null then 'recipient_opted_out'
    when v_address.last_inbound_at < now() - make_interval(hours => p_reply_window_hours)
      then 'messaging_window_closed'
  end;
end;
$$;

-- The addresses of the conversation's contact that were only learnt from its mail: perhaps somebody else's, to whom the
-- contact has forwarded it. They are in the conversation, and yet outside of it.
create function crm_api.list_outsiders(p_sub_account_id uuid, p_conversation_id uuid)
returns uuid[]
language plpgsql
stable
set search_path = ''
as $$
begin
  return array(
    select a.id
    from public.conversations c
    join public.contact_addresses a on a.sub_account_id = c.sub_account_id and a.contact_id = c.contact_id
    where c.id = p_conversation_id and c.sub_account_id = p_sub_account_id and a.learnt_from_thread
  );
end;
$$;

-- Whether something written to or from one address may be told to another one: an outsider is told of nothing but its own,
-- and of that nobody else is, so that nobody's words are taken for the contact's.
create function crm_api.may_be_told(p_outsiders uuid[], p_to uuid, p_address_id uuid)
returns boolean
language plpgsql
immutable
set search_path = ''
as $$
begin
  return case
    when p_to = any (p_outsiders) then p_address_id is not distinct from p_to
    else p_address_id is null or p_address_id <> all (p_outsiders)
  end;
end;
$$;

-- The outsider whose email the message answers, as its caller names it; null: it answers none of an outsider's.
create function crm_api.find_answered_outsider(p_sub_account_id uuid, p_metadata jsonb)
returns uuid
language plpgsql
stable
set search_path = ''
as $$
begin
  if p_metadata ->> 'message_id' is null then
    return null;
  end if;
  return (
    select a.id
    from (
      select * from public.messages where id = (p_metadata ->> 'message_uuid')::uuid
      union all
      select * from public.messages where provider_message_id = p_metadata ->> 'message_id'
      offset 0
    ) m
    join public.contact_addresses a on a.id = m.address_id and a.learnt_from_thread
    where m.sub_account_id = p_sub_account_id and m.sender_type = 'contact'
    limit 1
  );
end;
$$;

-- The subject of an email to this address that names none: the conversation's last one, else the sub-account's name.
create function crm_api.default_subject(p_sub_account_id uuid, p_conversation_id uuid, p_address_id uuid)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  v_outsiders uuid[] := crm_api.list_outsiders(p_sub_account_id, p_conversation_id);
begin
  return coalesce(
    (
      select case when m.subject ~* '^\s*(re|aw|antw|sv|vs|res|ris?f?|odp|ynt|vá|ref)\s?(\[\d+\])?\s?:' then m.subject
        else 'Re: ' || m.subject end
      from public.messages m
      where m.conversation_id = p_conversation_id and m.subject is not null
        and crm_api.may_be_told(v_outsiders, p_address_id, m.address_id)
      order by m.happened_at desc
      limit 1
    ),
    (select a.name from public.sub_accounts a where a.id = p_sub_account_id)
  );
end;
$$;

revoke execute on all functions in schema crm_api from public;
grant execute on all functions in schema crm_api to service_role;
