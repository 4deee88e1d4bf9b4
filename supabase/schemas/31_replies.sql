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

-- Whether an agent answers a contact's message by itself. Mail that no person wrote or nobody vouches for, what says nothing
-- (a sticker, a type that is not known, a reaction, what was taken back) and what came from an address that was only learnt
-- from a forwarded mail are not answered, so they end no answer either; without its text nobody knows yet.
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

-- How many were answered within the hour who wrote through the same website as this one. Anybody can put anybody's address
-- into a form, so the limit of a conversation holds for the form.
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

-- Something of ours went to the contact after that message was here, on that channel or (null) on any. An answer to an earlier
-- one may have gone out while it was on its way: it is none to this one. Of an echo only the vendor's time is known.
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

-- A contact's message says something else now, or it has come late. An answer that is being written has read it otherwise,
-- or not at all: it is not sent, and the contact is answered anew. One that waits reads what is so then; only where it
-- answers a message that was taken back, it goes. The conversation's lock is held by whoever calls; whoever claims an
-- answer at this moment is waited for.
create function crm_api.renew_replies(p_changed public.messages)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_answer public.messages;
  v_renewed jsonb;
begin
  for v_answer in
    select * from public.messages m
    where m.conversation_id = p_changed.conversation_id and m.replies_to_id is not null
      and m.status in ('queued', 'composing')
    order by m.id
    for update
  loop
    if v_answer.status = 'composing' then
      -- Its writer has still to say what it cost.
      update public.messages m set metadata = m.metadata || '{"outdated": true}', idempotency_key = null
      where m.id = v_answer.id;
    elsif p_changed.metadata ? 'withdrawn' and v_answer.replies_to_id = p_changed.id then
      perform crm_api.supersede(v_answer.id, null);
    else
      continue;
    end if;
    v_renewed := coalesce(crm_api.queue_reply(crm_api.find_unanswered(v_answer)), v_renewed);
  end loop;
  return v_renewed;
end;
$$;

-- Queues the agent's answer to a contact's message, in place of those that wait in this conversation; null: nobody
-- answers. A message that comes late, or whose text does, gets none of its own: what the contact wrote after it is answered,
-- with both in view unless that answer is out already. The conversation's lock is held by whoever calls.
create function crm_api.queue_reply(p_inbound public.messages)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_agent public.agents := crm_api.find_answering_agent(p_inbound);
  v_draft public.messages;
  v_answer public.messages;
begin
  if p_inbound.id is null or not crm_api.is_answerable(p_inbound) then
    return null;
  elsif crm_api.contact_wrote_after(p_inbound) then
    return crm_api.renew_replies(p_inbound);
  end if;
  perform crm_api.supersede(m.id, null)
  from public.messages m
  where m.conversation_id = p_inbound.conversation_id and m.channel = p_inbound.channel
    and m.replies_to_id is not null and m.status = 'queued';
  if v_agent.id is null then
    return null;
  end if;
  v_draft := p_inbound;
  v_draft.subject := null;
  v_draft := crm_api.give_subject(v_draft);
  insert into public.messages (
    id, sub_account_id, conversation_id, channel, sender_type, status, subject, reply_prefix, agent_id, prompt, replies_to_id,
    idempotency_key, address_id, sender_id, metadata, due_at, retry_until, created_at, happened_at
  )
  values (
    gen_random_uuid(), p_inbound.sub_account_id, p_inbound.conversation_id, p_inbound.channel, 'agent', 'queued',
    v_draft.subject, v_draft.reply_prefix, v_agent.id, 'Answer what the contact wrote last.', p_inbound.id,
    'answer:' || p_inbound.id, p_inbound.address_id, p_inbound.sender_id,
    jsonb_strip_nulls(jsonb_build_object('message_id', p_inbound.provider_message_id, 'message_uuid', p_inbound.id)),
    now() + make_interval(secs => v_agent.reply_pause_ms / 1000.0), now() + interval '1 hour',
    clock_timestamp(), clock_timestamp()
  )
  on conflict (sub_account_id, idempotency_key) where idempotency_key is not null do nothing
  returning * into v_answer;
  if v_answer.id is null then
    return null;
  end if;
  return jsonb_build_object('message_id', v_answer.id, 'pause_ms', v_agent.reply_pause_ms);
end;
$$;
