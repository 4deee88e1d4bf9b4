-- Messages whose text the vendor has still to be asked for.

-- Whose text is asked for next: first those of sub-accounts of which the fewest are asked for now, or wait to be asked for
-- again, so that a provider that does not answer keeps the others' from nobody. With p_message_id, that one alone.
create function crm_api.order_texts(p_message_id uuid)
returns table (id uuid, place bigint)
language plpgsql
stable
set search_path = ''
as $$
begin
  if p_message_id is not null then
    return query select p_message_id, 1::bigint;
    return;
  end if;
  return query
    with waiting as (
      select m.sub_account_id, count(*) as texts from public.messages m
      where m.status = 'received' and m.due_at > now()
      group by m.sub_account_id
    ), loads as (
      select m.id, m.due_at, coalesce(w.texts, 0)
          + row_number() over (partition by m.sub_account_id order by m.due_at, m.id) as load
      from public.messages m
      left join waiting w on w.sub_account_id = m.sub_account_id
      where m.status = 'received' and m.due_at <= now()
    )
    select l.id, row_number() over (order by l.load, l.due_at, l.id) as place from loads l
    order by place
    limit 100;
end;
$$;

-- Messages whose text the vendor has still to be asked for; each to one caller, and again after p_again_seconds, p_max_tries times.
create function public.claim_texts(p_limit integer, p_again_seconds integer, p_max_tries integer, p_message_id uuid default null)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_texts jsonb;
begin
  with due as (
    select m.id
    from crm_api.order_texts(p_message_id) o
    join public.messages m on m.id = o.id
    where m.status = 'received' and m.due_at <= now()
    order by o.place
    limit p_limit
    for update of m skip locked
  ), leased as (
    update public.messages m
    set tries = m.tries + 1,
      due_at = case when m.tries + 1 < p_max_tries then now() + make_interval(secs => p_again_seconds * 2 ^ m.tries) end
    from due where m.id = due.id
    returning m.*
  )
  select coalesce(jsonb_agg(jsonb_build_object(
    'message_id', l.id, 'provider_message_id', l.provider_message_id,
    'connection', jsonb_build_object('id', c.id, 'provider', c.provider, 'credentials', c.credentials)
  )), '[]') into v_texts
  from leased l
  join public.senders s on s.id = l.sender_id
  join public.connections c on c.id = s.connection_id;
  return v_texts;
end;
$$;

-- Stores the text of a message that the vendor was asked for, and has the agent answer it. p_thread has our_ids,
-- thread_ids, reply_to and authenticated, as an event of record_webhook.
create function public.complete_text(p_message_id uuid, p_text text, p_metadata jsonb, p_thread jsonb)
returns jsonb
language plpgsql
set search_path = ''
set lock_timeout = '4s'
as $$
declare
  v_message public.messages;
  v_from text;
  v_writer jsonb;
begin
  select * into v_message from public.messages m where m.id = p_message_id;
  select a.address into v_from from public.contact_addresses a where a.id = v_message.address_id;
  -- Where the call named the writer already, it was that one's address which was stored.
  v_writer := crm_api.name_writer(
    v_message.sub_account_id,
    p_thread || jsonb_build_object('from', coalesce(v_message.metadata ->> 'sent_by', v_from))
  );
  -- In the order of record_inbound.
  perform crm_api.lock_addresses(v_message.sub_account_id, v_message.channel, array[v_from, v_writer ->> 'from']);
  perform crm_api.lock_conversation(v_message.conversation_id, false);
  update public.messages m
  set content = p_text, due_at = null,
    metadata = m.metadata || p_metadata || case
      when btrim(p_text) = '' and coalesce(btrim(m.subject), '') = '' and not m.metadata ? 'attachments'
        then '{"unanswerable": true}'::jsonb
      else '{}' end
  where m.id = p_message_id and m.status = 'received' and m.content is null
  returning * into v_message;
  if not found then
    return jsonb_build_object('outcome', 'known', 'answer', null);
  end if;
  v_message := crm_api.give_to_writer(v_message, v_writer);
  return jsonb_build_object('outcome', 'stored', 'answer', case
    when crm_api.is_answerable(v_message) and not crm_api.has_opted_out(v_message.address_id)
      then crm_api.queue_reply(v_message) end
  );
end;
$$;
