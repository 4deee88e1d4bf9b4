-- Agents that answer by themselves: which one, how soon, and what ends it.

alter table public.agents
  add column answer_pause_ms integer not null default 1500 check (answer_pause_ms between 0 and 600000),
  add column person_pause_hours numeric not null default 12 check (person_pause_hours between 0 and 8760),
  add column max_unanswered integer not null default 3 check (max_unanswered > 0),
  add column max_answers_per_hour integer not null default 20 check (max_answers_per_hour > 0),
  add column daily_token_limit integer check (daily_token_limit > 0);

comment on column public.agents.answer_pause_ms is 'How long after the contact''s last message it answers: one answer for what is written in a row.';
comment on column public.agents.person_pause_hours is 'How long it keeps quiet in a conversation after a person has written there.';
comment on column public.agents.max_unanswered is 'So many messages of agents without one of the contact between them, and it keeps quiet.';
comment on column public.agents.max_answers_per_hour is 'Answers in one conversation; ends a talk with another machine.';
comment on column public.agents.daily_token_limit is 'Input and output tokens from midnight UTC on, all its messages together; null: no limit.';

alter table public.senders
  add column answering_agent_id uuid,
  add foreign key (sub_account_id, answering_agent_id)
    references public.agents (sub_account_id, id) on delete set null (answering_agent_id);
alter table public.conversations
  add column answering_agent_id uuid,
  add foreign key (sub_account_id, answering_agent_id)
    references public.agents (sub_account_id, id) on delete set null (answering_agent_id);

comment on column public.senders.answering_agent_id is 'Answers what contacts write to this sender, where the conversation has no agent of its own.';
comment on column public.conversations.answering_agent_id is 'Answers what the contact writes here.';

create index senders_answering_agent_idx on public.senders (sub_account_id, answering_agent_id)
  where answering_agent_id is not null;
create index conversations_answering_agent_idx on public.conversations (sub_account_id, answering_agent_id)
  where answering_agent_id is not null;

alter table public.messages add column answers_id uuid;
comment on column public.messages.answers_id is 'The contact''s message that an agent answers here by itself.';
create index messages_open_answers_idx on public.messages (conversation_id, channel)
  where answers_id is not null and status in ('queued', 'composing');
create index messages_agent_usage_idx on public.messages (agent_id, created_at) where usage is not null;
create index messages_composing_idx on public.messages (agent_id) where status = 'composing';

-- Writers of one conversation in turn: what an agent writes is committed only if nobody was faster. People share it
-- with each other, because only the agent has to know of them.
create function crm_api.lock_conversation(p_conversation_id uuid, p_shared boolean)
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_key bigint := pg_catalog.hashtextextended('conversation ' || p_conversation_id, 0);
begin
  if p_shared then
    perform pg_catalog.pg_advisory_xact_lock_shared(v_key);
  else
    perform pg_catalog.pg_advisory_xact_lock(v_key);
  end if;
end;
$$;

create function crm_api.spent_today(p_agent_id uuid)
returns bigint
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select coalesce(sum((m.usage ->> 'input_tokens')::bigint + (m.usage ->> 'output_tokens')::bigint), 0)
    from public.messages m
    where m.agent_id = p_agent_id and m.usage is not null
      and m.created_at >= date_trunc('day', now() at time zone 'utc') at time zone 'utc'
  );
end;
$$;

-- What a message counts for while its agent writes it: as much as the history, the rules and the answer may come to,
-- and what the operator wrote, at four characters to a token.
create function crm_api.reserve_tokens(p_instructions text, p_prompt text)
returns integer
language sql
immutable
set search_path = ''
as $$
  select 8000 + (length(p_instructions) + coalesce(length(p_prompt), 0)) / 4
$$;

-- What the agent has of its daily limit for this message: left; nothing, when its other messages cost what is reserved
-- for them (reserved); or nothing at all (used_up). Whoever asks for the same agent waits until this one has committed,
-- so of many at once each sees those before it. What is counted, the limit itself bounds.
create function crm_api.count_tokens_left(p_agent public.agents, p_message_id uuid)
returns text
language plpgsql
set search_path = ''
as $$
declare
  v_spent bigint;
  v_reserved bigint;
begin
  if p_agent.daily_token_limit is null then
    return 'left';
  end if;
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('tokens ' || p_agent.id, 0));
  -- In one statement: a message whose cost is stored meanwhile is on one side or the other.
  select crm_api.spent_today(p_agent.id), coalesce(sum(crm_api.reserve_tokens(p_agent.instructions, m.prompt)), 0)
  into v_spent, v_reserved
  from public.messages m
  where m.agent_id = p_agent.id and m.status = 'composing' and m.lease_expires_at > now() and m.id <> p_message_id;
  return case
    when v_spent >= p_agent.daily_token_limit then 'used_up'
    when v_spent + v_reserved >= p_agent.daily_token_limit then 'reserved'
    else 'left'
  end;
end;
$$;

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
  return p_inbound.due_at is null
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
-- answered), what it has read is not so any more (crm_api.renew_answers), or agents have written enough without hearing
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
  if p_message.answers_id is null then
    return false;
  end if;
  select * into v_inbound from public.messages m where m.id = p_message.answers_id;
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

-- How many were answered within the hour who wrote through the same website as this one. Anybody can put anybody's address
-- into a form, so the limit of a conversation holds for the form.
create function crm_api.answered_through_form(p_inbound public.messages)
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
    join public.messages m on m.answers_id = i.id and m.conversation_id = i.conversation_id
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
    or v_agent.max_answers_per_hour <= (
      select count(*) from public.messages m
      where m.sub_account_id = p_inbound.sub_account_id and m.conversation_id = p_inbound.conversation_id
        and m.happened_at >= now() - interval '1 hour' and m.answers_id is not null
        -- The one that is being written ends with this message.
        and m.status not in ('queued', 'composing', 'superseded', 'failed')
    )
    or v_agent.max_answers_per_hour <= crm_api.answered_through_form(p_inbound)
  then
    return null;
  end if;
  return v_agent;
end;
$$;

-- Queues the agent's answer to a contact's message, in place of those that wait in this conversation; null: nobody
-- answers. A message that comes late, or whose text does, gets none of its own: what the contact wrote after it is answered,
-- with both in view unless that answer is out already. The conversation's lock is held by whoever calls.
create function crm_api.queue_answer(p_inbound public.messages)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_agent public.agents := crm_api.find_answering_agent(p_inbound);
  v_answer public.messages;
begin
  if p_inbound.id is null or not crm_api.is_answerable(p_inbound) then
    return null;
  elsif crm_api.contact_wrote_after(p_inbound) then
    return crm_api.renew_answers(p_inbound);
  end if;
  perform crm_api.supersede(m.id, null)
  from public.messages m
  where m.conversation_id = p_inbound.conversation_id and m.channel = p_inbound.channel
    and m.answers_id is not null and m.status = 'queued';
  if v_agent.id is null then
    return null;
  end if;
  insert into public.messages (
    id, sub_account_id, conversation_id, channel, sender_type, status, subject, agent_id, prompt, answers_id,
    idempotency_key, address_id, sender_id, metadata, due_at, retry_until, created_at, happened_at
  )
  values (
    gen_random_uuid(), p_inbound.sub_account_id, p_inbound.conversation_id, p_inbound.channel, 'agent', 'queued',
    case when p_inbound.channel = 'email' then
      crm_api.default_subject(p_inbound.sub_account_id, p_inbound.conversation_id, p_inbound.address_id) end,
    v_agent.id, 'Answer what the contact wrote last.', p_inbound.id,
    'answer:' || p_inbound.id, p_inbound.address_id, p_inbound.sender_id,
    jsonb_strip_nulls(jsonb_build_object('message_id', p_inbound.provider_message_id, 'message_uuid', p_inbound.id)),
    now() + make_interval(secs => v_agent.answer_pause_ms / 1000.0), now() + interval '1 hour',
    clock_timestamp(), clock_timestamp()
  )
  on conflict (sub_account_id, idempotency_key) where idempotency_key is not null do nothing
  returning * into v_answer;
  if v_answer.id is null then
    return null;
  end if;
  return jsonb_build_object('message_id', v_answer.id, 'pause_ms', v_agent.answer_pause_ms);
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
create function crm_api.renew_answers(p_changed public.messages)
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
    where m.conversation_id = p_changed.conversation_id and m.answers_id is not null
      and m.status in ('queued', 'composing')
    order by m.id
    for update
  loop
    if v_answer.status = 'composing' then
      -- Its writer has still to say what it cost.
      update public.messages m set metadata = m.metadata || '{"outdated": true}', idempotency_key = null
      where m.id = v_answer.id;
    elsif p_changed.metadata ? 'withdrawn' and v_answer.answers_id = p_changed.id then
      perform crm_api.supersede(v_answer.id, null);
    else
      continue;
    end if;
    v_renewed := coalesce(crm_api.queue_answer(crm_api.find_unanswered(v_answer)), v_renewed);
  end loop;
  return v_renewed;
end;
$$;

revoke execute on all functions in schema crm_api from public;
grant execute on all functions in schema crm_api to service_role;
