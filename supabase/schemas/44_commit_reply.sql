-- An agent's text is stored before it is sent.

-- Says why an agent's text may not be sent; null: it may. A superseded reply keeps the agent's cost.
create function crm_api.stop_reply(p_message public.messages, p_usage jsonb)
returns text
language plpgsql
set search_path = ''
as $$
begin
  if p_message.status = 'superseded' then
    return 'superseded';
  elsif p_message.status <> 'composing' then
    return null;
  elsif p_message.replies_to_id is not null then
    -- If a person is writing at this moment, this waits for them.
    perform crm_api.lock_conversation(p_message.conversation_id, false);
    if crm_api.is_superseded(p_message) then
      perform crm_api.supersede(p_message.id, p_usage);
      return 'superseded';
    end if;
  end if;
  return case when crm_api.has_opted_out(p_message.address_id) then 'opted_out' end;
end;
$$;

-- Takes a crm_api.reply_commit and says in `outcome`: committed (from here on this text is sent, never written again);
-- lost (the lease has run out, and somebody else works on the message); superseded (somebody was faster while the agent
-- wrote); opted_out (the contact has said STOP meanwhile). Unless it is committed, the text must not be sent.
create function public.commit_reply(p_request jsonb)
returns jsonb
language plpgsql
set search_path = ''
set enable_seqscan = off
as $$
declare
  v_reply crm_api.reply_commit := jsonb_populate_record(null::crm_api.reply_commit, p_request);
  v_message public.messages;
  v_stop text;
  v_committed boolean := false;
begin
  select * into v_message from public.messages m where m.id = v_reply.message_id and m.lease_id = v_reply.lease_id;
  v_stop := crm_api.stop_reply(v_message, v_reply.usage);
  if v_stop is not null then
    return jsonb_build_object('outcome', v_stop);
  end if;
  -- The row is locked after the conversation, as everywhere.
  select * into v_message from public.messages m
  where m.id = v_reply.message_id and m.lease_id = v_reply.lease_id
    and (m.status = 'composing' or (m.status = 'sending' and m.content = v_reply.content))
  for update;
  if found then
    if v_message.status = 'composing' then
      v_message.usage := crm_api.add_usage(v_message.usage, v_reply.usage);
    end if;
    v_message.content := v_reply.content;
    v_message.lease_expires_at := now() + make_interval(secs => v_reply.lease_seconds);
    v_committed := crm_api.move_message(v_message, v_message, 'sending', 'host');
  end if;
  return jsonb_build_object('outcome', case when v_committed then 'committed' else 'lost' end);
end;
$$;

-- Says whether a provider may still be asked after the message's host has waited. lost: the message is settled, or
-- another worker has it. opted_out: the contact has said STOP meanwhile.
create function public.look_again(p_message_id uuid, p_lease_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  v_message public.messages;
begin
  select * into v_message from public.messages m
  where m.id = p_message_id and m.lease_id = p_lease_id and m.status = 'sending' and m.lease_expires_at > now();
  return jsonb_build_object('outcome', case
    when v_message.id is null then 'lost'
    when crm_api.has_opted_out(v_message.address_id) then 'opted_out'
    else 'unchanged'
  end);
end;
$$;
