-- The agent's text is stored before it is sent.

-- Stores what the agent wrote; from here on it is sent, never written again. `lost`: the lease has run
-- out and somebody else is at it; `superseded`: while the agent wrote, somebody was faster; `opted_out`: the contact
-- has said STOP meanwhile. None of them may be sent.
create function public.commit_reply(
  p_message_id uuid,
  p_lease_id uuid,
  p_lease_seconds integer,
  p_content text,
  p_usage jsonb
)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages;
begin
  select * into v_message from public.messages m where m.id = p_message_id and m.lease_id = p_lease_id;
  if v_message.status = 'superseded' then
    return jsonb_build_object('outcome', 'superseded');
  elsif v_message.replies_to_id is not null and v_message.status = 'composing' then
    perform crm_api.lock_conversation(v_message.conversation_id, false);
    if crm_api.is_superseded(v_message) then
      perform crm_api.supersede(p_message_id, p_usage);
      return jsonb_build_object('outcome', 'superseded');
    end if;
  end if;
  if v_message.status = 'composing' and crm_api.has_opted_out(v_message.address_id) then
    return jsonb_build_object('outcome', 'opted_out');
  end if;
  update public.messages m
  set status = 'sending', content = p_content,
    usage = case when m.status = 'composing' then crm_api.add_usage(m.usage, p_usage) else m.usage end,
    lease_expires_at = now() + make_interval(secs => p_lease_seconds)
  where m.id = p_message_id and m.lease_id = p_lease_id
    and (m.status = 'composing' or (m.status = 'sending' and m.content = p_content));
  return jsonb_build_object('outcome', case when found then 'committed' else 'lost' end);
end;
$$;

-- Whether a provider may still be asked for a message after somebody has waited: `lost`, when it is settled or somebody
-- else's by now; `opted_out`, when the contact has said STOP meanwhile.
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
