-- Agents that reply by themselves: which one, how soon, and what ends it.

-- Says whether a person wrote in the conversation after that time.
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
      -- The contact has not seen a failed message.
      and m.status <> 'failed'
  );
end;
$$;

-- Says whether an agent replies to a contact's message by itself. It does not reply to mail that no person wrote or
-- nobody vouches for, to a message that says nothing (a sticker, an unknown type, a reaction, a message that was taken
-- back), or to an address that is known only from a forwarded mail. Such a message ends no reply either. Before an
-- email's text has come, nobody knows.
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

-- Says whether the contact has written again on that channel.
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

-- Says whether a person has written since the contact did, or within the agent's pause before that.
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

-- Says whether nobody needs a reply any more: a person has written since; the contact has written again, and that
-- message gets a reply; the agent has read something that is no longer true (crm_api.renew_replies); or agents have
-- written enough without hearing from the contact.
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
    -- Counts from when the message was stored: a reply to an earlier one may have gone out while this one was on its
    -- way.
    and m.happened_at >= v_inbound.created_at and m.sender_type = 'agent' and m.id <> p_message.id
    and m.channel = p_message.channel and m.status in ('sending', 'sent', 'delivered', 'read', 'unknown');
  return v_written >= (select a.max_unanswered from public.agents a where a.id = p_message.agent_id);
end;
$$;

-- Counts the replies within an hour to people who wrote through the same website. Anybody can enter anybody's address
-- into a form, so a conversation's limit holds for the form.
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

-- Finds the agent that replies in this conversation now; null: there is none, or it keeps quiet.
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
        -- The reply that is being written ends with this message.
        and m.status not in ('queued', 'composing', 'superseded', 'failed')
    )
    or v_agent.max_replies_per_hour <= crm_api.count_form_replies(p_inbound)
  then
    return null;
  end if;
  return v_agent;
end;
$$;

-- Says whether a message of ours went to the contact after that message was stored, on that channel or (null) on any. A
-- message of ours that went out earlier does not count as a reply to it. An echo has only the vendor's time.
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

-- Finds the contact's newest message on a channel that can be replied to, if no message of ours came after it.
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

-- Makes an agent's reply, which is due after the agent's pause.
create function crm_api.draft_reply(p_inbound public.messages, p_agent public.agents, p_prompt text, p_policy jsonb)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_reply public.messages := crm_api.new_message(
    gen_random_uuid(), p_inbound.sub_account_id, p_inbound.conversation_id, p_inbound.channel, 'agent'
  );
  v_title crm_api.title;
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
  if v_reply.channel = 'email' then
    v_title := crm_api.find_title(
      p_inbound.sub_account_id, p_inbound.conversation_id, p_inbound.address_id, p_inbound.reply_prefix
    );
    v_reply.subject := v_title.subject;
    v_reply.reply_prefix := v_title.reply_prefix;
  end if;
  return v_reply;
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
    where m.idempotency_key = v_reply.idempotency_key and (m.sub_account_id = v_reply.sub_account_id) is true
  ) then
    return null;
  end if;
  perform crm_api.move_message(v_reply, v_reply, 'queued', 'host');
  return jsonb_build_object('message_id', v_reply.id, 'pause_ms', v_agent.reply_pause_ms);
end;
$$;

-- A contact has corrected a message or taken it back, or an earlier message has come late. If an agent is writing a
-- reply without knowing that, the reply is not sent, and another one is queued. A queued reply reads the change when it
-- is written; it is superseded only if its message was taken back. The caller holds the conversation's lock. If a host
-- claims a reply at this moment, this waits for it.
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
      -- The reply's worker still has to store its cost.
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

-- Lets an agent reply to a contact's message. If the message or its text comes late, the reply is to the contact's
-- newest message, with both in view, unless that reply has gone out already. p_reply: {prompt, policy} of the reply.
-- The caller holds the conversation's lock.
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
