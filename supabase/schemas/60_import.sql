-- Contacts from a file: each row is a person, with addresses and the caller's own id for the conversation.

-- The contacts that a row speaks of: whose its addresses and its conversation are. None: a new one. What was only learnt
-- from a thread is taken for nobody's, here and below: the row says better whose it is.
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
        crm_api.find_address(p_sub_account_id, a ->> 'channel', a ->> 'address') f
      where not f.learnt_from_thread
      union all
      select c.contact_id from public.conversations c
      where c.sub_account_id = p_sub_account_id and c.external_id = p_row ->> 'external_id'
    ) k
    where k.contact_id is not null
  );
end;
$$;

-- Whether the contact has an address on one of these channels, and not this one: then it may be somebody else, with whom
-- it shares a mailbox or a number.
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
    having not bool_or(a.address_key = crm_api.address_key(a.channel, r.item ->> 'address'))
  );
end;
$$;

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
    lateral crm_api.find_address(p_sub_account_id, r ->> 'channel', r ->> 'address') f
  where a.id = f.id and a.learnt_from_thread;
  v_changed := found;
  insert into public.contact_addresses (sub_account_id, contact_id, channel, address)
  select p_sub_account_id, p_contact_id, a ->> 'channel', a ->> 'address'
  from jsonb_array_elements(p_addresses) a
  where (crm_api.find_address(p_sub_account_id, a ->> 'channel', a ->> 'address')).id is null;
  return v_changed or found;
end;
$$;

-- Gives the contact a conversation with this external id; null: any will do. One that has no external id yet, because the
-- contact wrote first, is given it, so that what was said is not torn apart.
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

-- What came of a row, and the contact's conversation to send to: the one with its external id, or the oldest.
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
    -- As for a contact who writes: the contact is what a conversation belongs to.
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

-- Stores rows of {name, external_id, addresses: [{channel, address}]}, all of them or, where this raises, none, and says
-- of each in turn {outcome, conversation_id}: imported, updated, unchanged, or conflict (it belongs to several contacts, or
-- to one who has another address on the channel, and whom a message would reach there: nothing is stored of it, and there
-- is no conversation). Repeated, it changes nothing. With p_dry_run it says the same and stores nothing: then the
-- conversations may be gone.
--
-- Unlike what the request path calls, it takes a sub-account from its caller: that is an administrator with the
-- project's secret key, who may write to every account's tables anyway, and no API key is at hand. No route calls it.
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
  -- One import at a time in an account, and in each batch of it those addresses are nobody else's to make.
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('import ' || p_sub_account_id, 0));
  perform crm_api.lock_addresses(p_sub_account_id, l.channel, l.addresses)
  from (
    select a ->> 'channel' as channel, array_agg(a ->> 'address') as addresses
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
    -- What was said of the rows outlives what was done with them.
    null;
  end;
  return to_jsonb(v_outcomes);
end;
$$;
