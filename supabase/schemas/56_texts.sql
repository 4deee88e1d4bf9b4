-- Texts that did not come with their messages. A job (fetch_text) asks the vendor for them.

-- Returns everything that is needed to ask the vendor. Null: there is no text to ask for, or nobody to ask any more.
create function crm_api.describe_text(p_message_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select jsonb_build_object(
      'message_id', m.id, 'channel', m.channel, 'provider_message_id', m.provider_message_id,
      'connection', jsonb_build_object('id', c.id, 'provider', c.provider, 'credentials', c.credentials)
    )
    from public.messages m
    join public.senders s on s.id = m.sender_id
    join public.connections c on c.id = s.connection_id
    where m.id = p_message_id and m.awaits_text
  );
end;
$$;

-- Gives up: the message stays without a text, and counts as one that has none.
create function crm_api.give_up_text(p_message_id uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  update public.messages m set awaits_text = false where m.id = p_message_id and m.awaits_text;
end;
$$;

-- Locks the addresses, the people and the conversations that a text changes, in the order of record_inbound. Returns
-- the headers, which name the writer.
create function crm_api.lock_text(p_message public.messages, p_thread jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_from_key text := (select a.address_key from public.contact_addresses a where a.id = p_message.address_id);
  -- If the webhook named the writer already, the message was stored under that address, and sent_by is From.
  v_writer jsonb := crm_api.name_writer(
    p_message.sub_account_id,
    p_thread || jsonb_build_object('from', jsonb_build_object(
      'key', coalesce(p_message.metadata ->> 'sent_by', v_from_key)
    ))
  );
  v_keys text[] := array[v_from_key, v_writer #>> '{from,key}'];
begin
  perform crm_api.lock_addresses(p_message.sub_account_id, p_message.channel, v_keys);
  perform crm_api.lock_people(p_message.sub_account_id, array(
    select a.contact_id from public.contact_addresses a
    where a.sub_account_id = p_message.sub_account_id and a.channel = p_message.channel and a.address_key = any (v_keys)
    union
    select (crm_api.find_thread(p_message.sub_account_id, v_writer)).contact_id
  ), array[p_message.id]);
  return v_writer;
end;
$$;

-- `thread` has our_ids, thread_ids, reply_to and authenticated, as an event of record_webhook.
create type crm_api.fetched_text as (message_id uuid, text text, metadata jsonb, thread jsonb, reply jsonb);

-- Stores a text that the vendor was asked for, ends the job that asked, and queues the agent's reply. p_request is a
-- crm_api.fetched_text. Repeated, it changes nothing.
create function public.complete_text(p_request jsonb)
returns jsonb
language plpgsql
set search_path = ''
set lock_timeout = '4s'
as $$
declare
  v_fetched crm_api.fetched_text := jsonb_populate_record(null::crm_api.fetched_text, p_request);
  v_message public.messages;
  v_writer jsonb;
begin
  -- The job is locked first, because settle_job also locks a job before its message.
  delete from public.jobs j where j.kind = 'fetch_text' and j.subject_id = v_fetched.message_id;
  select * into v_message from public.messages m where m.id = v_fetched.message_id;
  v_writer := crm_api.lock_text(v_message, v_fetched.thread);
  update public.messages m
  set content = v_fetched.text, awaits_text = false,
    metadata = m.metadata || v_fetched.metadata || case
      when btrim(v_fetched.text) = '' and coalesce(btrim(m.subject), '') = '' and not m.metadata ? 'attachments'
        then '{"unanswerable": true}'::jsonb
      else '{}' end
  where m.id = v_fetched.message_id and m.status = 'received' and m.content is null
  returning * into v_message;
  if not found then
    return jsonb_build_object('outcome', 'known', 'reply', null);
  end if;
  v_message := crm_api.give_to_writer(v_message, v_writer);
  return jsonb_build_object('outcome', 'stored', 'reply', case
    when not crm_api.has_opted_out(v_message.address_id)
      then crm_api.reply_to(v_message, v_fetched.reply) end
  );
end;
$$;
