-- Who wrote an email, and which conversation it continues.

-- Finds the conversation that a contact's message continues: the one of the message that it answers. Null where it
-- answers none.
create function crm_api.find_thread(p_sub_account_id uuid, p_event jsonb)
returns public.conversations
language plpgsql
stable
set search_path = ''
as $$
declare
  v_conversation public.conversations;
begin
  select c.* into v_conversation
  from (
    select m.conversation_id, m.sub_account_id, m.happened_at from public.messages m
    where m.id in (select value::uuid from jsonb_array_elements_text(p_event -> 'our_ids'))
    union all
    select m.conversation_id, m.sub_account_id, m.happened_at from public.messages m
    where m.metadata ->> 'email_message_id' in (select jsonb_array_elements_text(p_event -> 'thread_ids'))
    union all
    select m.conversation_id, m.sub_account_id, m.happened_at from public.messages m
    where m.provider_message_id = p_event ->> 'replied_provider_message_id'
    -- `offset 0` for the reason that was_received gives.
    offset 0
  ) t
  join public.conversations c on c.id = t.conversation_id
  where t.sub_account_id = p_sub_account_id
  order by t.happened_at desc
  limit 1;
  return v_conversation;
end;
$$;

-- Says whether an email names the id of an email that we sent to its writer's address: only its reader knows that id.
create function crm_api.answers_us(p_sub_account_id uuid, p_address_id uuid, p_event jsonb)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return exists (
    select 1
    from (
      select o.* from jsonb_array_elements_text(p_event -> 'our_ids') i
      join public.messages o on o.id = i::uuid
      -- `offset 0` for the reason that was_received gives.
      offset 0
    ) m
    where m.sub_account_id = p_sub_account_id and m.address_id = p_address_id and m.sender_type <> 'contact'
  );
end;
$$;

-- Makes the metadata of an email. `sent_by`: the key of From where Reply-To names another writer. `unauthenticated`:
-- nobody vouches that From wrote it, and it does not answer an email of ours either.
create function crm_api.email_marks(p_sub_account_id uuid, p_address_id uuid, p_event jsonb)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return jsonb_strip_nulls(jsonb_build_object(
    'sent_by', p_event -> 'sent_by',
    'unauthenticated', case when not (p_event ->> 'authenticated')::boolean
      and not crm_api.answers_us(p_sub_account_id, p_address_id, p_event) then true end
  ));
end;
$$;

-- Makes Reply-To the writer of an email in place of From, because a form on a website writes in its visitor's name.
-- Where Reply-To is in a domain of our own senders, From stays the writer.
create function crm_api.name_writer(p_sub_account_id uuid, p_event jsonb)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  if p_event #>> '{reply_to,address,key}' is null or exists (
    select 1 from public.senders s
    where s.sub_account_id = p_sub_account_id and s.channel = 'email'
      and crm_api.domain_of(s.address_key) = crm_api.domain_of(p_event #>> '{reply_to,address,key}')
  ) then
    return p_event;
  end if;
  return p_event || jsonb_build_object(
    'from', p_event #> '{reply_to,address}', 'name', p_event #> '{reply_to,name}',
    'automatic', p_event #> '{reply_to,automatic}', 'sent_by', p_event #> '{from,key}'
  );
end;
$$;

-- Deletes an address and its contact if only emails came from it that turned out to be somebody else's.
create function crm_api.forget_provisional(p_address_id uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  delete from public.contacts c
  using public.contact_addresses a
  where a.id = p_address_id and a.provisional and c.id = a.contact_id
    and not exists (select 1 from public.contact_addresses o where o.contact_id = c.id and o.id <> a.id)
    and not exists (
      select 1 from public.conversations v
      where v.sub_account_id = c.sub_account_id and v.contact_id = c.id and (v.external_id is not null or exists (
        select 1 from public.messages m where m.sub_account_id = v.sub_account_id and m.conversation_id = v.id
      ))
    );
end;
$$;

-- Gives an email to the writer that its headers name in place of From.
create function crm_api.move_to_writer(p_message public.messages, p_writer jsonb, p_thread public.conversations)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_moved public.messages := p_message;
  v_address public.contact_addresses := crm_api.keep_address(
    p_message.sub_account_id, crm_api.read_address(p_writer, 'from'), null, p_writer ->> 'name', p_thread.contact_id,
    null
  );
begin
  v_moved.conversation_id := crm_api.keep_conversation(v_address, p_thread);
  perform crm_api.lock_conversation(v_moved.conversation_id, false);
  update public.messages m
  set address_id = v_address.id, conversation_id = v_moved.conversation_id,
    metadata = case when (p_writer ->> 'automatic')::boolean then m.metadata || '{"automatic": true}'
      else m.metadata - 'automatic' end
  where m.id = p_message.id
  returning * into v_moved;
  perform crm_api.forget_provisional(p_message.address_id);
  return v_moved;
end;
$$;

-- Says whether a contact is known by nothing but this message: no other address, no other message in its
-- conversation, no external id.
create function crm_api.is_only_known_by(p_own public.conversations, p_message public.messages)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return p_own.external_id is null
    and not exists (
      select 1 from public.messages m
      where m.sub_account_id = p_message.sub_account_id and m.conversation_id = p_own.id and m.id <> p_message.id
    )
    and not exists (
      select 1 from public.contact_addresses a
      where a.contact_id = p_own.contact_id and not (a.provisional and a.id = p_message.address_id)
    );
end;
$$;

-- Moves an email into the conversation that its headers name. A writer who was not known before is then taken for the
-- contact of that conversation; a writer who is known otherwise keeps the email.
create function crm_api.move_to_thread(p_message public.messages, p_thread public.conversations)
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_own public.conversations;
begin
  if p_thread.id is null or p_thread.id = p_message.conversation_id then
    return;
  end if;
  select * into v_own from public.conversations c where c.id = p_message.conversation_id;
  if v_own.contact_id <> p_thread.contact_id then
    if not crm_api.is_only_known_by(v_own, p_message) then
      return;
    end if;
    update public.contact_addresses set learnt_from_thread = true where contact_id = v_own.contact_id;
    perform crm_api.merge_contacts(p_thread.contact_id, v_own.contact_id);
  end if;
  perform crm_api.lock_conversation(p_thread.id, false);
  update public.messages set conversation_id = p_thread.id where id = p_message.id;
  delete from public.conversations c
  where c.id = v_own.id and c.external_id is null and not exists (
    select 1 from public.messages m where m.sub_account_id = c.sub_account_id and m.conversation_id = c.id
  );
end;
$$;

-- Notes at the address that the contact writes from there. Mail that nobody vouches for does not show that. Automatic
-- mail shows only that the address exists, and an email whose text is still to be fetched may be automatic.
create function crm_api.note_writing(p_message public.messages)
returns void
language plpgsql
set search_path = ''
as $$
begin
  update public.contact_addresses a
  set invalid_at = null,
    last_inbound_at = case when p_message.metadata ? 'automatic' then a.last_inbound_at
      else greatest(a.last_inbound_at, p_message.sent_at) end
  where a.id = p_message.address_id and not p_message.awaits_text and not p_message.metadata ? 'unauthenticated';
end;
$$;

-- Puts an email where it belongs, now that its headers are read, and notes at its address what they say.
create function crm_api.give_to_writer(p_message public.messages, p_writer jsonb)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_thread public.conversations := crm_api.find_thread(p_message.sub_account_id, p_writer);
  v_message public.messages := p_message;
begin
  if p_writer ? 'sent_by' then
    v_message := crm_api.move_to_writer(p_message, p_writer, v_thread);
  else
    perform crm_api.move_to_thread(p_message, v_thread);
  end if;
  update public.messages m
  set metadata = m.metadata || crm_api.email_marks(m.sub_account_id, m.address_id, p_writer)
  where m.id = v_message.id
  returning * into v_message;
  update public.contact_addresses a set provisional = false where a.id = v_message.address_id and a.provisional;
  perform crm_api.note_writing(v_message);
  return v_message;
end;
$$;
