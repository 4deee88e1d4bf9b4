-- Whom a message goes to, and through what.

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
