-- Who a message goes to, and through which senders.

create type crm_api.target as (
  refusal text,
  conversation_id uuid,
  address_id uuid,
  senders jsonb,
  connected_providers jsonb
);

comment on column crm_api.target.refusal is 'The error code that says why the message may not go; null: it may.';
comment on column crm_api.target.connected_providers is
  'If no sender can carry this message: the providers of the senders that there are.';

-- Finds the contact's address on the channel: the one that is replied to, if it is still the contact's, or else the one
-- that the contact last wrote from.
create function crm_api.find_recipient(p_conversation public.conversations, p_channel text, p_replied_address_id uuid)
returns public.contact_addresses
language plpgsql
stable
set search_path = ''
as $$
declare
  v_address public.contact_addresses;
begin
  select * into v_address
  from public.contact_addresses a
  where a.sub_account_id = p_conversation.sub_account_id and a.contact_id = p_conversation.contact_id
    and a.channel = p_channel
  order by coalesce(a.id = p_replied_address_id, false) desc, a.learnt_from_thread,
    a.invalid_at is not null, a.last_inbound_at desc nulls last, a.created_at, a.id
  limit 1;
  return v_address;
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

-- Here the 24 hours are decided, by the hours that the policy names.
create function crm_api.find_refusal(
  p_target crm_api.target,
  p_address public.contact_addresses,
  p_policy crm_api.send_policy
)
returns text
language plpgsql
stable
set search_path = ''
as $$
begin
  return case
    when p_target.senders = '[]' then 'channel_not_connected'
    when p_address.id is null then 'recipient_unreachable'
    when p_address.opted_out_at is not null then 'recipient_opted_out'
    when p_address.last_inbound_at < now() - make_interval(hours => p_policy.reply_window_hours)
      then 'messaging_window_closed'
  end;
end;
$$;

-- p_agent_id: the agent, if it still has to write. p_first_sender_id: the sender that the contact wrote to, which is
-- tried before all others.
create function crm_api.resolve_target(
  p_conversation public.conversations,
  p_channel text,
  p_agent_id uuid,
  p_policy jsonb,
  p_replied_address_id uuid,
  p_first_sender_id uuid
)
returns crm_api.target
language plpgsql
stable
set search_path = ''
as $$
declare
  v_policy crm_api.send_policy := jsonb_populate_record(null::crm_api.send_policy, p_policy);
  v_address public.contact_addresses;
  v_target crm_api.target;
begin
  v_target.conversation_id := p_conversation.id;
  v_target.refusal := case
    when p_conversation.id is null then 'conversation_not_found'
    when p_agent_id is not null and not crm_api.is_agent_active(p_conversation.sub_account_id, p_agent_id)
      then 'agent_not_found'
  end;
  if v_target.refusal is not null then
    return v_target;
  end if;
  v_address := crm_api.find_recipient(p_conversation, p_channel, p_replied_address_id);
  v_target.address_id := v_address.id;
  v_target.senders := crm_api.list_senders(
    p_conversation.sub_account_id, p_channel, v_policy.providers, v_address.only_sender_id, p_first_sender_id
  );
  v_target.connected_providers := case when v_target.senders = '[]' then
    crm_api.list_connected(p_conversation.sub_account_id, p_channel, v_address.only_sender_id) end;
  v_target.refusal := crm_api.find_refusal(v_target, v_address, v_policy);
  return v_target;
end;
$$;
