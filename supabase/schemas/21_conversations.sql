-- The conversation that a caller means, and who may be told about it.

-- Finds the conversation that the caller means: by its UUID, or by the caller's own id for it.
create function crm_api.find_conversation(p_sub_account_id uuid, p_conversation_id uuid, p_external_id text)
returns public.conversations
language plpgsql
stable
set search_path = ''
as $$
declare
  v_conversation public.conversations;
begin
  select * into v_conversation
  from (
    select * from public.conversations where sub_account_id = p_sub_account_id and id = p_conversation_id
    union all
    select * from public.conversations where sub_account_id = p_sub_account_id and external_id = p_external_id
  ) c
  limit 1;
  return v_conversation;
end;
$$;

-- Makes the writers of one conversation wait for each other, so that an agent's text is committed only if nobody wrote
-- before it. People take a shared lock and do not wait for each other: only an agent has to see what they wrote.
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

-- Lists the contact's addresses that we know only because an email from them answered one that we sent to the
-- contact. Such an address may be somebody else's, an outsider's, to whom the contact forwarded the email.
create function crm_api.list_outsiders(p_sub_account_id uuid, p_conversation_id uuid)
returns uuid[]
language plpgsql
stable
set search_path = ''
as $$
begin
  return array(
    select a.id
    from public.conversations c
    join public.contact_addresses a on a.sub_account_id = c.sub_account_id and a.contact_id = c.contact_id
    where c.id = p_conversation_id and c.sub_account_id = p_sub_account_id and a.learnt_from_thread
  );
end;
$$;

-- Says whether a message to or from p_address_id may be shown to p_to. An outsider sees only its own messages, and
-- nobody else sees those, so that an outsider's words are never taken for the contact's.
create function crm_api.may_be_told(p_outsiders uuid[], p_to uuid, p_address_id uuid)
returns boolean
language plpgsql
immutable
set search_path = ''
as $$
begin
  return case
    when p_to = any (p_outsiders) then p_address_id is not distinct from p_to
    else p_address_id is null or p_address_id <> all (p_outsiders)
  end;
end;
$$;

-- Finds the outsider whose email the caller answers with this message; null where it answers no outsider's.
create function crm_api.find_replied_outsider(p_sub_account_id uuid, p_metadata jsonb)
returns uuid
language plpgsql
stable
set search_path = ''
as $$
begin
  if p_metadata ->> 'message_id' is null then
    return null;
  end if;
  return (
    select a.id
    from (
      select * from public.messages where id = (p_metadata ->> 'message_uuid')::uuid
      union all
      select * from public.messages where provider_message_id = p_metadata ->> 'message_id'
      offset 0
    ) m
    join public.contact_addresses a on a.id = m.address_id and a.learnt_from_thread
    where m.sub_account_id = p_sub_account_id and m.sender_type = 'contact'
    limit 1
  );
end;
$$;

create type crm_api.title as (subject text, reply_prefix text);

-- Finds the subject of an email that has none: the one of the conversation's last email, with its reply prefix before
-- it, or, if no email there has a subject, the sub-account's name. p_reply_prefix: of a subject that begins a
-- conversation.
create function crm_api.find_title(
  p_sub_account_id uuid,
  p_conversation_id uuid,
  p_address_id uuid,
  p_reply_prefix text
)
returns crm_api.title
language plpgsql
stable
set search_path = ''
as $$
declare
  v_outsiders uuid[] := crm_api.list_outsiders(p_sub_account_id, p_conversation_id);
  v_subject text;
begin
  select m.reply_prefix || m.subject into v_subject
  from public.messages m
  where m.conversation_id = p_conversation_id and m.subject is not null
    and crm_api.may_be_told(v_outsiders, p_address_id, m.address_id)
  order by m.happened_at desc
  limit 1;
  if found then
    return row(v_subject, '')::crm_api.title;
  end if;
  return row((select a.name from public.sub_accounts a where a.id = p_sub_account_id), p_reply_prefix)::crm_api.title;
end;
$$;
