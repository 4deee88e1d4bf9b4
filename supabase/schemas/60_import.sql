-- Contacts from a file: each row is a person, with addresses and the caller's own id for the conversation.

-- Finds the contacts that a row is about: those who have its addresses or its conversation. An address that was only
-- learnt from a thread counts as nobody's, here and below, because the row says for certain whose it is.
create function crm_api.find_imported(p_sub_account_id uuid, p_row jsonb)
returns uuid[]
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select coalesce(array_agg(distinct k.contact_id), '{}')
    from (
      select f.contact_id
      from jsonb_array_elements(p_row -> 'addresses') a,
        crm_api.find_address(p_sub_account_id, a ->> 'channel', a ->> 'key') f
      where not f.learnt_from_thread
      union all
      select c.contact_id from public.conversations c
      where c.sub_account_id = p_sub_account_id and c.external_id = p_row ->> 'external_id'
    ) k
    where k.contact_id is not null
  );
end;
$$;

-- Says whether the contact has another address on the channel of one of these, and not this one. Then the row may be
-- about somebody else, who shares a mailbox or a number with the contact.
create function crm_api.has_other_address(p_sub_account_id uuid, p_contact_id uuid, p_addresses jsonb)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return exists (
    select from jsonb_array_elements(p_addresses) r (item)
    join public.contact_addresses a
      on a.sub_account_id = p_sub_account_id and a.contact_id = p_contact_id and a.channel = r.item ->> 'channel'
        and not a.learnt_from_thread
    group by r.item
    having not bool_or(a.address_key = r.item ->> 'key')
  );
end;
$$;

-- Gives the contact those of the addresses that nobody has. Returns true where there was one.
create function crm_api.add_addresses(p_sub_account_id uuid, p_contact_id uuid, p_addresses jsonb)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  v_changed boolean;
begin
  update public.contact_addresses a
  set contact_id = p_contact_id, learnt_from_thread = false
  from jsonb_array_elements(p_addresses) r,
    lateral crm_api.find_address(p_sub_account_id, r ->> 'channel', r ->> 'key') f
  where a.id = f.id and a.learnt_from_thread;
  v_changed := found;
  insert into public.contact_addresses (sub_account_id, contact_id, channel, address, address_key)
  select p_sub_account_id, p_contact_id, a.channel, a.address, a.key
  from jsonb_populate_recordset(null::crm_api.address, p_addresses) a
  where (crm_api.find_address(p_sub_account_id, a.channel, a.key)).id is null;
  return v_changed or found;
end;
$$;

-- Gives the contact a conversation with this external id; without one, any conversation will do. A conversation that
-- has no external id yet, because the contact wrote first, gets this one, so that the messages stay together.
create function crm_api.add_conversation(p_sub_account_id uuid, p_contact_id uuid, p_external_id text)
returns boolean
language plpgsql
set search_path = ''
as $$
begin
  if exists (
    select 1 from public.conversations c
    where c.sub_account_id = p_sub_account_id and c.contact_id = p_contact_id
      and (p_external_id is null or c.external_id = p_external_id)
  ) then
    return false;
  end if;
  update public.conversations c
  set external_id = p_external_id
  where c.id = (
    select o.id from public.conversations o
    where o.sub_account_id = p_sub_account_id and o.contact_id = p_contact_id and o.external_id is null
    order by o.created_at, o.id
    limit 1
  );
  if not found then
    insert into public.conversations (sub_account_id, contact_id, external_id)
    values (p_sub_account_id, p_contact_id, p_external_id);
  end if;
  return true;
end;
$$;

-- Makes the result of a row: what became of it, and the conversation to send to, which is the one with the row's
-- external id or else the contact's oldest.
create function crm_api.say_imported(p_sub_account_id uuid, p_contact_id uuid, p_row jsonb, p_outcome text)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return jsonb_build_object('outcome', p_outcome, 'conversation_id', (
    select c.id from public.conversations c
    where c.sub_account_id = p_sub_account_id and c.contact_id = p_contact_id
      and (p_row ->> 'external_id' is null or c.external_id = p_row ->> 'external_id')
    order by c.created_at, c.id
    limit 1
  ));
end;
$$;

-- Stores one row.
create function crm_api.import_contact(p_sub_account_id uuid, p_row jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_known uuid[] := crm_api.find_imported(p_sub_account_id, p_row);
  v_contact_id uuid := v_known[1];
  v_changed boolean := false;
begin
  if cardinality(v_known) > 1 then
    return crm_api.say_imported(p_sub_account_id, null, p_row, 'conflict');
  elsif v_contact_id is null then
    v_contact_id := crm_api.make_contact(p_sub_account_id, p_row ->> 'name');
  else
    -- Locked as when the contact writes: both may be about to make its conversation.
    perform 1 from public.contacts c where c.id = v_contact_id for no key update;
    if crm_api.has_other_address(p_sub_account_id, v_contact_id, p_row -> 'addresses') then
      return crm_api.say_imported(p_sub_account_id, null, p_row, 'conflict');
    end if;
    update public.contacts c set name = p_row ->> 'name'
    where c.id = v_contact_id and coalesce(btrim(c.name), '') = '' and p_row ->> 'name' is not null;
    v_changed := found;
  end if;
  v_changed := crm_api.add_addresses(p_sub_account_id, v_contact_id, p_row -> 'addresses') or v_changed;
  v_changed := crm_api.add_conversation(p_sub_account_id, v_contact_id, p_row ->> 'external_id') or v_changed;
  return crm_api.say_imported(p_sub_account_id, v_contact_id, p_row, case
    when v_known = '{}' then 'imported' when v_changed then 'updated' else 'unchanged'
  end);
end;
$$;

-- Stores rows of {name, external_id, addresses: [{channel, address, key}]}: all of them, or none where it raises an
-- error. Returns {outcome, conversation_id} for each row in turn. The outcome is imported, updated, unchanged or
-- conflict. A conflict belongs to several contacts, or to one who has another address on the channel; nothing of it
-- is stored, and it has no conversation. A repeated call changes nothing. With p_dry_run the result is the same and
-- nothing is stored, so a conversation that it names may not exist.
--
-- It takes a sub-account from its caller, which no function of the request path does. The caller is an administrator
-- with the project's secret key, who may write to every account's tables anyway. No route calls it.
create function public.import_contacts(p_sub_account_id uuid, p_rows jsonb, p_dry_run boolean default false)
returns jsonb
language plpgsql
set search_path = ''
set lock_timeout = '4s'
as $$
declare
  v_row jsonb;
  v_outcomes jsonb[] := '{}';
begin
  -- One import at a time in an account; and until this batch is stored, nobody else makes one of its addresses.
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('import ' || p_sub_account_id, 0));
  perform crm_api.lock_addresses(p_sub_account_id, l.channel, l.keys)
  from (
    select a ->> 'channel' as channel, array_agg(a ->> 'key') as keys
    from jsonb_array_elements(p_rows) r, jsonb_array_elements(r -> 'addresses') a
    group by 1
    order by 1
  ) l;
  begin
    for v_row in select value from jsonb_array_elements(p_rows) loop
      v_outcomes := v_outcomes || crm_api.import_contact(p_sub_account_id, v_row);
    end loop;
    if p_dry_run then
      raise exception 'undo' using errcode = 'CRDRY';
    end if;
  exception when sqlstate 'CRDRY' then
    -- The results of the rows are kept although the rows are not.
    null;
  end;
  return to_jsonb(v_outcomes);
end;
$$;
