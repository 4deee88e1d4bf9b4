-- Agents that reply by themselves: which one, how soon, and what ends it.

-- A person wrote in the conversation after that time.
create function crm_api.person_wrote_since(p_sub_account_id uuid, p_conversation_id uuid, p_since timestamptz)
returns boolean
language plpgsql
set search_path = ''
as $$
begin
  return exists (
    select 1 from public.messages m
    where m.sub_account_id = p_sub_account_id and m.conversation_id = p_conversation_id
      and m.happened_at >= p_since and m.sender_type = 'user'
      -- The contact has not seen it.
      and m.status <> 'failed'
  );
end;
$$;

-- Whether an agent answers a contact's message by itself. Mail that no person wrote or nobody vouches for, what says
-- nothing (a sticker, a type that is not known, a reaction, what was taken back) and what came from an address that was
-- only learnt from a forwarded mail are not answered, so they end no answer either; without its text nobody knows yet.
create function crm_api.is_answerable(p_inbound public.messages)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return not p_inbound.awaits_text
    and not p_inbound.metadata ?| array['automatic', 'unauthenticated', 'unanswerable', 'withdrawn']
    and not exists (
      select 1 from public.contact_addresses a where a.id = p_inbound.address_id and a.learnt_from_thread
    );
end;
$$;

-- The contact has gone on writing on that channel.
create function crm_api.contact_wrote_after(p_inbound public.messages)
returns boolean
language plpgsql
set search_path = ''
as $$
begin
  return exists (
    select 1 from public.messages m
    where m.sub_account_id = p_inbound.sub_account_id and m.conversation_id = p_inbound.conversation_id
      and m.happened_at >= p_inbound.happened_at and m.sender_type = 'contact' and m.channel = p_inbound.channel
      and (m.happened_at, m.created_at, m.id) > (p_inbound.happened_at, p_inbound.created_at, p_inbound.id)
      and crm_api.is_answerable(m)
  );
end;
$$;

-- A person has written since the contact did, or, as is heard only now, within the agent's pause.
create function crm_api.person_took_over(p_message public.messages, p_inbound public.messages)
returns boolean
language plpgsql
set search_path = ''
as $$
begin
  return crm_api.person_wrote_since(p_message.sub_account_id, p_message.conversation_id, least(
    p_inbound.happened_at,
    (select now() - make_interval(secs => a.person_pause_hours::double precision * 3600)
      from public.agents a where a.id = p_message.agent_id)
  ));
end;
$$;

-- An answer that nobody needs any more: a person has written since, the contact has gone on writing (then that is
-- answered), what it has read is not so any more (crm_api.renew_replies), or agents have written enough without hearing
-- from the contact.
create function crm_api.is_superseded(p_message public.messages)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  v_inbound public.messages;
  v_written bigint;
begin
  if p_message.replies_to_id is null then
    return false;
  end if;
  select * into v_inbound from public.messages m where m.id = p_message.replies_to_id;
  if v_inbound.id is null
    or crm_api.person_took_over(p_message, v_inbound)
    or crm_api.contact_wrote_after(v_inbound)
    or not crm_api.is_answerable(v_inbound)
    or exists (select 1 from public.messages m where m.id = p_message.id and m.metadata ? 'outdated')
  then
    return true;
  end if;
  select count(*) into v_written from public.messages m
  where m.sub_account_id = p_message.sub_account_id and m.conversation_id = p_message.conversation_id
    -- Since it was here: an answer to an earlier one may have gone out while it was on its way.
    and m.happened_at >= v_inbound.created_at and m.sender_type = 'agent' and m.id <> p_message.id
    and m.channel = p_message.channel and m.status in ('sending', 'sent', 'delivered', 'read', 'unknown');
  return v_written >= (select a.max_unanswered from public.agents a where a.id = p_message.agent_id);
end;
$$;

-- How many were answered within the hour who wrote through the same website as this one. Anybody can put anybody's
-- address into a form, so the limit of a conversation holds for the form.
create function crm_api.count_form_replies(p_inbound public.messages)
returns bigint
language plpgsql
set search_path = ''
as $$
begin
  if p_inbound.metadata ->> 'sent_by' is null then
    return 0;
  end if;
  -- Many at once are counted one after the other.
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(
    'form ' || p_inbound.sub_account_id || crm_api.domain_of(p_inbound.metadata ->> 'sent_by'), 0
  ));
  return (
    select count(*)
    from public.messages i
    join public.messages m on m.replies_to_id = i.id and m.conversation_id = i.conversation_id
    where i.sub_account_id = p_inbound.sub_account_id and i.created_at >= now() - interval '1 hour'
      and i.metadata ->> 'sent_by' is not null
      and crm_api.domain_of(i.metadata ->> 'sent_by') = crm_api.domain_of(p_inbound.metadata ->> 'sent_by')
      and m.sub_account_id = i.sub_account_id and m.status not in ('superseded', 'failed')
  );
end;
$$;

-- The agent that answers in this conversation now; null: none, or it keeps quiet.
create function crm_api.find_answering_agent(p_inbound public.messages)
returns public.agents
language plpgsql
set search_path = ''
as $$
declare
  v_agent public.agents;
begin
  select a.* into v_agent
  from public.conversations c
  left join public.senders s on s.id = p_inbound.sender_id
  join public.agents a on a.id = coalesce(c.answering_agent_id, s.answering_agent_id) and a.active
  where c.id = p_inbound.conversation_id;
  if v_agent.id is null
    or crm_api.person_wrote_since(
      p_inbound.sub_account_id, p_inbound.conversation_id,
      now() - make_interval(secs => v_agent.person_pause_hours::double precision * 3600)
    )
    or v_agent.max_replies_per_hour <= (
      select count(*) from public.messages m
      where m.sub_account_id = p_inbound.sub_account_id and m.conversation_id = p_inbound.conversation_id
        and m.happened_at >= now() - interval '1 hour' and m.replies_to_id is not null
        -- The one that is being written ends with this message.
        and m.status not in ('queued', 'composing', 'superseded', 'failed')
    )
    or v_agent.max_replies_per_hour <= crm_api.count_form_replies(p_inbound)
  then
    return null;
  end if;
  return v_agent;
end;
$$;

-- Something of ours went to the contact after that message was here, on that channel or (null) on any. An answer to an
-- earlier one may have gone out while it was on its way: it is none to this one. Of an echo only the vendor's time is
-- known.
create function crm_api.was_answered(p_inbound public.messages, p_channel text default null)
returns boolean
language plpgsql
set search_path = ''
as $$
begin
  return exists (
    select 1 from public.messages m
    where m.sub_account_id = p_inbound.sub_account_id and m.conversation_id = p_inbound.conversation_id
      and m.happened_at >= p_inbound.happened_at and m.sender_type <> 'contact'
      and (m.happened_at >= p_inbound.created_at or m.metadata ? 'echo')
      and (p_channel is null or m.channel = p_channel)
      and m.status in ('sending', 'sent', 'delivered', 'read', 'unknown')
  );
end;
$$;

-- The contact's newest message on a channel that can be answered, if nothing of ours came after it.
create function crm_api.find_unanswered(p_answer public.messages)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_inbound public.messages;
begin
  select * into v_inbound from public.messages m
  where m.sub_account_id = p_answer.sub_account_id and m.conversation_id = p_answer.conversation_id
    and m.sender_type = 'contact' and m.channel = p_answer.channel and crm_api.is_answerable(m)
    and m.happened_at >= now() - interval '1 day'
  order by m.happened_at desc, m.created_at desc, m.id desc
  limit 1;
  if crm_api.was_answered(v_inbound, p_answer.channel) then
    return null;
  end if;
  return v_inbound;
end;
$$;

-- A reply of an agent, due after the agent's pause.
create function crm_api.draft_reply(p_inbound public.messages, p_agent public.agents, p_prompt text, p_policy jsonb)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_reply public.messages := crm_api.new_message(
    gen_random_uuid(), p_inbound.sub_account_id, p_inbound.conversation_id, p_inbound.channel, 'agent'
  );
begin
  v_reply.replies_to_id := p_inbound.id;
  v_reply.agent_id := p_agent.id;
  v_reply.prompt := p_prompt;
  v_reply.policy := p_policy;
  v_reply.address_id := p_inbound.address_id;
  v_reply.sender_id := p_inbound.sender_id;
  v_reply.reply_prefix := p_inbound.reply_prefix;
  v_reply.idempotency_key := 'auto-reply:' || p_inbound.id;
  v_reply.metadata := jsonb_strip_nulls(jsonb_build_object(
    'message_id', p_inbound.provider_message_id, 'message_uuid', p_inbound.id
  ));
  v_reply.due_at := now() + make_interval(secs => p_agent.reply_pause_ms / 1000.0);
  v_reply.retry_until := now() + interval '1 hour';
  v_reply.created_at := clock_timestamp();
  v_reply.happened_at := clock_timestamp();
  return crm_api.give_subject(v_reply);
end;
$$;

-- Queues the agent's reply to a contact's newest message and supersedes replies still queued in this conversation. Null
-- if no agent replies here, or if a reply to this message was queued before. The caller holds the conversation's lock.
create function crm_api.queue_reply(p_inbound public.messages, p_prompt text, p_policy jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_agent public.agents := crm_api.find_answering_agent(p_inbound);
  v_reply public.messages;
begin
  if p_inbound.id is null then
    return null;
  end if;
  perform crm_api.supersede(m.id, null)
  from public.messages m
  where m.conversation_id = p_inbound.conversation_id and m.channel = p_inbound.channel
    and m.replies_to_id is not null and m.status = 'queued';
  if v_agent.id is null then
    return null;
  end if;
  v_reply := crm_api.draft_reply(p_inbound, v_agent, p_prompt, p_policy);
  if exists (
    select 1 from public.messages m
    where m.sub_account_id = v_reply.sub_account_id and m.idempotency_key = v_reply.idempotency_key
  ) then
    return null;
  end if;
  perform crm_api.move_message(v_reply, v_reply, 'queued', 'host');
  return jsonb_build_object('message_id', v_reply.id, 'pause_ms', v_agent.reply_pause_ms);
end;
$$;

-- A contact's message says something else now, or it has come late. A reply that an agent is writing has not read it
-- so: that reply is not sent, and another one is queued. A queued reply reads it when it is written; it is superseded
-- only where it replies to a message that was taken back. The caller holds the conversation's lock; a host that claims
-- a reply at this moment is waited for.
create function crm_api.renew_replies(p_changed public.messages)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_reply public.messages;
  v_renewed jsonb;
begin
  for v_reply in
    select * from public.messages m
    where m.conversation_id = p_changed.conversation_id and m.replies_to_id is not null
      and m.status in ('queued', 'composing')
    order by m.id
    for update
  loop
    if v_reply.status = 'composing' then
      -- Its writer has still to say what it cost.
      update public.messages m set metadata = m.metadata || '{"outdated": true}', idempotency_key = null
      where m.id = v_reply.id;
    elsif p_changed.metadata ? 'withdrawn' and v_reply.replies_to_id = p_changed.id then
      perform crm_api.supersede(v_reply.id, null);
    else
      continue;
    end if;
    v_renewed := coalesce(
      crm_api.queue_reply(crm_api.find_unanswered(v_reply), v_reply.prompt, v_reply.policy), v_renewed
    );
  end loop;
  return v_renewed;
end;
$$;

-- Has an agent reply to a contact's message. A message that comes late, or whose text does, gets no reply of its own:
-- the contact's newest message is replied to, with both in view, unless that reply is out already. p_reply: {prompt,
-- policy} of the reply. The caller holds the conversation's lock.
create function crm_api.reply_to(p_inbound public.messages, p_reply jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
begin
  if not crm_api.is_answerable(p_inbound) then
    return null;
  elsif crm_api.contact_wrote_after(p_inbound) then
    return crm_api.renew_replies(p_inbound);
  end if;
  return crm_api.queue_reply(p_inbound, p_reply ->> 'prompt', p_reply -> 'policy');
end;
$$;
