-- Who a message goes to, and through which senders.

-- Finds the conversation and the contact's address on the channel: the one that is replied to, if it is still the
-- contact's, or else the one that the contact last wrote from. All nulls: there is no such conversation.
-- Here the 24 hours are decided, by the hours that the policy names.
create function crm_api.find_recipient(
  p_sub_account_id uuid,
  p_conversation_id uuid,
  p_external_id text,
  p_channel text,
  p_window_hours integer,
  p_replied_address_id uuid
)
returns crm_api.target
language plpgsql
stable
set search_path = ''
as $$
declare
  v_target crm_api.target;
begin
  select case
      when a.id is null then 'recipient_unreachable'
      when a.opted_out_at is not null then 'recipient_opted_out'
      when a.last_inbound_at < now() - make_interval(hours => p_window_hours) then 'messaging_window_closed'
    end, c.id, a.id, a.only_sender_id,
    jsonb_build_object('address', a.address, 'name', case when not a.learnt_from_thread then p.name end)
  into v_target
  from (
    select * from public.conversations where sub_account_id = p_sub_account_id and id = p_conversation_id
    union all
    select * from public.conversations where sub_account_id = p_sub_account_id and external_id = p_external_id
    limit 1
  ) c
  join public.contacts p on p.id = c.contact_id
  left join lateral (
    select * from public.contact_addresses k
    where k.sub_account_id = p_sub_account_id and k.contact_id = c.contact_id and k.channel = p_channel
    order by coalesce(k.id = p_replied_address_id, false) desc, k.learnt_from_thread, k.invalid_at is not null,
      k.last_inbound_at desc nulls last, k.created_at, k.id limit 1
  ) a on true;
  return v_target;
end;
$$;

create function crm_api.is_agent_active(p_sub_account_id uuid, p_agent_id uuid)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return exists (
    select 1 from public.agents a
    where a.id = p_agent_id and a.sub_account_id = p_sub_account_id and a.active
  );
end;
$$;

-- p_agent_id: the agent, if it still has to write. p_first_sender_id: the sender that the contact wrote to, which is
-- tried before all others.
create function crm_api.resolve_target(
  p_sub_account_id uuid,
  p_conversation_id uuid,
  p_external_id text,
  p_channel text,
  p_agent_id uuid,
  p_policy jsonb,
  p_replied_address_id uuid, p_first_sender_id uuid
)
returns crm_api.target
language plpgsql
stable
set search_path = ''
as $$
declare
  v_policy crm_api.send_policy := jsonb_populate_record(null::crm_api.send_policy, p_policy);
  v_target crm_api.target := crm_api.find_recipient(
    p_sub_account_id, p_conversation_id, p_external_id, p_channel, v_policy.reply_window_hours, p_replied_address_id
  );
begin
  if v_target.conversation_id is null or p_agent_id is not null
    and not crm_api.is_agent_active(p_sub_account_id, p_agent_id) then
    v_target.refusal :=
      case when v_target.conversation_id is null then 'conversation_not_found' else 'agent_not_found' end;
    return v_target;
  end if;
  v_target.senders := crm_api.list_senders(
    p_sub_account_id, p_channel, v_policy.providers, v_target.only_sender_id, p_first_sender_id
  );
  v_target.repeat_seconds := p_policy -> 'repeatable' -> (v_target.senders #>> '{0,connection,provider}');
  v_target.repeat_through := case when v_target.repeat_seconds is not null
    and jsonb_array_length(v_target.senders) = 1 then v_target.senders #>> '{0,id}' end;
  if v_target.senders = '[]' then
    v_target.refusal := 'channel_not_connected';
    v_target.connected_providers := crm_api.list_connected(p_sub_account_id, p_channel, v_target.only_sender_id);
  end if;
  return v_target;
end;
$$;
