-- The conversation that a caller means, and who may be told what of it.

-- The conversation that the caller means: by its UUID, or by the caller's own id for it.
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
  from public.conversations c
  where c.sub_account_id = p_sub_account_id
    and (c.id = p_conversation_id or c.external_id = p_external_id)
  order by c.id = p_conversation_id desc nulls last
  limit 1;
  return v_conversation;
end;
$$;

-- Writers of one conversation in turn: what an agent writes is committed only if nobody was faster. People share it
-- with each other, because only the agent has to know of them.
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

-- The addresses of the conversation's contact that were only learnt from its mail: perhaps somebody else's, to whom the
-- contact has forwarded it. They are in the conversation, and yet outside of it.
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

-- Whether something written to or from one address may be told to another one: an outsider is told of nothing but its own,
-- and of that nobody else is, so that nobody's words are taken for the contact's.
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

-- The outsider whose email the message answers, as its caller names it; null: it answers none of an outsider's.
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

-- The subject of an email to this address that names none: the conversation's last one, else the sub-account's name.
create function crm_api.default_subject(p_sub_account_id uuid, p_conversation_id uuid, p_address_id uuid)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  v_outsiders uuid[] := crm_api.list_outsiders(p_sub_account_id, p_conversation_id);
begin
  return coalesce(
    (
      select case when m.subject ~* '^\s*(re|aw|antw|sv|vs|res|ris?f?|odp|ynt|vá|ref)\s?(\[\d+\])?\s?:' then m.subject
        else 'Re: ' || m.subject end
      from public.messages m
      where m.conversation_id = p_conversation_id and m.subject is not null
        and crm_api.may_be_told(v_outsiders, p_address_id, m.address_id)
      order by m.happened_at desc
      limit 1
    ),
    (select a.name from public.sub_accounts a where a.id = p_sub_account_id)
  );
end;
$$;
