-- Contacts and their addresses: found, made, merged, opted out.

create function crm_api.find_address(p_sub_account_id uuid, p_channel text, p_address text)
returns public.contact_addresses
language plpgsql
set search_path = ''
as $$
declare
  -- Not within the query: where the planner takes another index, it would be made anew for each row.
  v_key text := crm_api.address_key(p_channel, p_address);
  v_address public.contact_addresses;
begin
  select * into v_address
  from public.contact_addresses a
  where a.sub_account_id = p_sub_account_id and a.channel = p_channel and a.address_key = v_key;
  return v_address;
end;
$$;

-- Whoever makes or moves these addresses waits for whoever is at it; always in the same order.
create function crm_api.lock_addresses(p_sub_account_id uuid, p_channel text, p_addresses text[])
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_key bigint;
begin
  for v_key in
    select distinct pg_catalog.hashtextextended(p_sub_account_id || p_channel || crm_api.address_key(p_channel, a), 0) as key
    from unnest(p_addresses) a where a is not null
    order by key
  loop
    perform pg_catalog.pg_advisory_xact_lock(v_key);
  end loop;
end;
$$;

-- Two contacts turn out to be one person: everything of the second becomes the first's. Whoever is about to make a
-- conversation for one of them is waited for: it would be deleted with its contact.
create function crm_api.merge_contacts(p_kept uuid, p_merged uuid)
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_sub_account_id uuid;
begin
  perform 1 from public.contacts c where c.id in (p_kept, p_merged) order by c.id for update;
  select c.sub_account_id into v_sub_account_id from public.contacts c where c.id = p_merged;
  update public.contact_addresses set contact_id = p_kept where sub_account_id = v_sub_account_id and contact_id = p_merged;
  update public.conversations set contact_id = p_kept where sub_account_id = v_sub_account_id and contact_id = p_merged;
  update public.contacts k set name = coalesce(k.name, m.name)
  from public.contacts m where k.id = p_kept and m.id = p_merged;
  delete from public.contacts where id = p_merged;
end;
$$;

create function crm_api.make_contact(p_sub_account_id uuid, p_name text)
returns uuid
language plpgsql
set search_path = ''
as $$
declare
  v_id uuid;
begin
  insert into public.contacts (sub_account_id, name) values (p_sub_account_id, left(p_name, 200)) returning id into v_id;
  return v_id;
end;
$$;

create function crm_api.has_opted_out(p_address_id uuid)
returns boolean
language plpgsql
set search_path = ''
as $$
begin
  return exists (
    select 1 from public.contact_addresses a where a.id = p_address_id and a.opted_out_at is not null
  );
end;
$$;

-- Two addresses are one person's: what that person last asked for, at one of them, counts at both. Promotions are asked for
-- apart from all else.
create function crm_api.share_preference(p_address_ids uuid[])
returns void
language plpgsql
set search_path = ''
as $$
begin
  update public.contact_addresses a
  set opted_out_at = n.opted_out_at, preference_at = n.preference_at
  from (
    select o.opted_out_at, o.preference_at from public.contact_addresses o
    where o.id = any (p_address_ids) and coalesce(o.preference_at, o.opted_out_at) is not null
    order by coalesce(o.preference_at, o.opted_out_at) desc
    limit 1
  ) n
  where a.id = any (p_address_ids)
    and (a.opted_out_at, a.preference_at) is distinct from (n.opted_out_at, n.preference_at);
  update public.contact_addresses a
  set marketing_opted_out_at = n.marketing_opted_out_at, marketing_preference_at = n.marketing_preference_at
  from (
    select o.marketing_opted_out_at, o.marketing_preference_at from public.contact_addresses o
    where o.id = any (p_address_ids) and o.marketing_preference_at is not null
    order by o.marketing_preference_at desc
    limit 1
  ) n
  where a.id = any (p_address_ids) and (a.marketing_opted_out_at, a.marketing_preference_at)
    is distinct from (n.marketing_opted_out_at, n.marketing_preference_at);
end;
$$;

-- The address that a contact wrote from; it, its contact and the contact's other address are made where they are missing.
create function crm_api.keep_address(
  p_sub_account_id uuid,
  p_channel text,
  p_address text,
  p_other_address text,
  p_name text,
  p_known_contact_id uuid,
  p_only_sender_id uuid,
  p_provisional boolean default false
)
returns public.contact_addresses
language plpgsql
set search_path = ''
as $$
declare
  v_address public.contact_addresses;
  v_other public.contact_addresses;
  v_contact_id uuid;
  v_is_new boolean;
begin
  perform crm_api.lock_addresses(p_sub_account_id, p_channel, array[p_address, p_other_address]);
  v_address := crm_api.find_address(p_sub_account_id, p_channel, p_address);
  v_other := crm_api.find_address(p_sub_account_id, p_channel, p_other_address);
  if v_address.contact_id <> v_other.contact_id then
    perform crm_api.merge_contacts(v_address.contact_id, v_other.contact_id);
  end if;
  if v_address.id <> v_other.id then
    perform crm_api.share_preference(array[v_address.id, v_other.id]);
  end if;
  v_contact_id := coalesce(v_address.contact_id, v_other.contact_id, p_known_contact_id);
  v_is_new := v_contact_id is null;
  if v_is_new then
    v_contact_id := crm_api.make_contact(p_sub_account_id, p_name);
  end if;
  insert into public.contact_addresses (
    sub_account_id, contact_id, channel, address, only_sender_id, learnt_from_thread, provisional, opted_out_at, preference_at,
    marketing_opted_out_at, marketing_preference_at
  )
  select p_sub_account_id, v_contact_id, p_channel, a, p_only_sender_id,
    -- Elsewhere the vendor says who wrote, and a thread is between two.
    p_channel = 'email' and v_contact_id is not distinct from p_known_contact_id,
    p_provisional and v_is_new,
    coalesce(v_address.opted_out_at, v_other.opted_out_at), coalesce(v_address.preference_at, v_other.preference_at),
    coalesce(v_address.marketing_opted_out_at, v_other.marketing_opted_out_at),
    coalesce(v_address.marketing_preference_at, v_other.marketing_preference_at)
  from unnest(array[p_address, p_other_address]) a
  where a is not null and (crm_api.find_address(p_sub_account_id, p_channel, a)).id is null;
  return crm_api.find_address(p_sub_account_id, p_channel, p_address);
end;
$$;

-- Opts the contact's address out or in, unless a later word is known. True: that changed something.
create function crm_api.set_preference(p_address_ids uuid[], p_preference text, p_at timestamptz)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  v_changed boolean;
begin
  with before as (
    select a.id, a.opted_out_at from public.contact_addresses a
    where a.id = any (p_address_ids) and coalesce(coalesce(a.preference_at, a.opted_out_at) <= p_at, true)
    order by a.id
    for update
  ), done as (
    update public.contact_addresses a
    set preference_at = p_at,
      opted_out_at = case when p_preference = 'opted_out' then coalesce(a.opted_out_at, p_at) end
    from before b
    where a.id = b.id
    returning (b.opted_out_at is null) = (p_preference = 'opted_out') as changed
  )
  select coalesce(bool_or(d.changed), false) into v_changed from done d;
  return v_changed;
end;
$$;

-- As set_preference, of promotions alone.
create function crm_api.set_marketing_preference(p_address_id uuid, p_preference text, p_at timestamptz)
returns void
language plpgsql
set search_path = ''
as $$
begin
  update public.contact_addresses a
  set marketing_preference_at = p_at,
    marketing_opted_out_at = case when p_preference = 'opted_out' then coalesce(a.marketing_opted_out_at, p_at) end
  where a.id = p_address_id and coalesce(a.marketing_preference_at <= p_at, true);
end;
$$;

-- What a receipt says of the recipient stays with the address.
create function crm_api.keep_consequence(p_address_id uuid, p_consequence text, p_at timestamptz)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if p_consequence = 'opted_out' then
    perform crm_api.set_preference(array[p_address_id], 'opted_out', p_at);
  elsif p_consequence = 'marketing_opted_out' then
    perform crm_api.set_marketing_preference(p_address_id, 'opted_out', p_at);
  elsif p_consequence = 'invalid' then
    update public.contact_addresses a set invalid_at = coalesce(a.invalid_at, p_at)
    where a.id = p_address_id and coalesce(a.last_inbound_at < p_at, true);
  end if;
end;
$$;

-- Locks the contact of an address. Whoever was waited for may have made another one's of it.
create function crm_api.lock_contact_of(p_address_id uuid)
returns uuid
language plpgsql
set search_path = ''
as $$
declare
  v_contact_id uuid;
begin
  loop
    select a.contact_id into v_contact_id from public.contact_addresses a where a.id = p_address_id;
    perform 1 from public.contacts c where c.id = v_contact_id for no key update;
    exit when found or v_contact_id is null;
  end loop;
  return v_contact_id;
end;
$$;

create function crm_api.keep_conversation(p_address public.contact_addresses, p_thread public.conversations)
returns uuid
language plpgsql
set search_path = ''
as $$
declare
  -- Two addresses of one contact are locked apart: the contact is what their conversation belongs to.
  v_contact_id uuid := crm_api.lock_contact_of(p_address.id);
  v_id uuid;
begin
  if p_thread.contact_id = v_contact_id then
    return p_thread.id;
  end if;
  select c.id into v_id
  from public.conversations c
  left join lateral (
    select m.happened_at from public.messages m
    where m.sub_account_id = c.sub_account_id and m.conversation_id = c.id
    order by m.happened_at desc
    limit 1
  ) m on true
  where c.sub_account_id = p_address.sub_account_id and c.contact_id = v_contact_id
  order by m.happened_at desc nulls last, c.created_at, c.id
  limit 1;
  if v_id is null then
    insert into public.conversations (sub_account_id, contact_id) values (p_address.sub_account_id, v_contact_id)
    returning id into v_id;
  end if;
  return v_id;
end;
$$;
