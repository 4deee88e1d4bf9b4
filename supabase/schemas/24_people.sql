-- Contacts and their addresses: found, made, merged, opted out.

-- Finds an address by its key.
create function crm_api.find_address(p_sub_account_id uuid, p_channel text, p_key text)
returns public.contact_addresses
language plpgsql
set search_path = ''
as $$
declare
  v_address public.contact_addresses;
begin
  select * into v_address
  from public.contact_addresses a
  where a.sub_account_id = p_sub_account_id and a.channel = p_channel and a.address_key = p_key;
  return v_address;
end;
$$;

-- Locks addresses, known or not, by their keys. Everybody who makes or moves one of them locks it first, always in
-- the same order, and so waits for everybody else who does.
create function crm_api.lock_addresses(p_sub_account_id uuid, p_channel text, p_keys text[])
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_lock bigint;
begin
  for v_lock in
    select distinct pg_catalog.hashtextextended(p_sub_account_id || p_channel || k, 0) as lock
    from unnest(p_keys) k where k is not null
    order by lock
  loop
    perform pg_catalog.pg_advisory_xact_lock(v_lock);
  end loop;
end;
$$;

-- Two contacts turn out to be one person: gives everything of the second to the first, and deletes the second. Its
-- lock waits for a transaction that is about to make a conversation for one of them, which would be deleted with its
-- contact.
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
  update public.contact_addresses set contact_id = p_kept
  where sub_account_id = v_sub_account_id and contact_id = p_merged;
  update public.conversations set contact_id = p_kept
  where sub_account_id = v_sub_account_id and contact_id = p_merged;
  update public.contacts k set name = coalesce(k.name, m.name)
  from public.contacts m where k.id = p_kept and m.id = p_merged;
  delete from public.contacts where id = p_merged;
end;
$$;

-- Stores a new contact and returns its id.
create function crm_api.make_contact(p_sub_account_id uuid, p_name text)
returns uuid
language plpgsql
set search_path = ''
as $$
declare
  v_id uuid;
begin
  insert into public.contacts (sub_account_id, name) values (p_sub_account_id, left(p_name, 200))
  returning id into v_id;
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

-- Two addresses are one person's: the last opt-out or opt-in at one of them counts at both. Promotions have a
-- preference of their own.
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

-- Two rows turn out to be one address of one contact: the first takes over what is known of the second, which is
-- deleted.
create function crm_api.merge_addresses(p_kept uuid, p_merged uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform crm_api.share_preference(array[p_kept, p_merged]);
  update public.contact_addresses k
  set last_inbound_at = greatest(k.last_inbound_at, m.last_inbound_at),
    learnt_from_thread = k.learnt_from_thread and m.learnt_from_thread,
    provisional = k.provisional and m.provisional
  from public.contact_addresses m
  where k.id = p_kept and m.id = p_merged;
  delete from public.contact_addresses where id = p_merged;
end;
$$;

-- Stores an address with what p_like says of it: whose it is, and which preferences the person has.
create function crm_api.add_address(p_address crm_api.address, p_like public.contact_addresses)
returns void
language plpgsql
set search_path = ''
as $$
begin
  insert into public.contact_addresses (
    sub_account_id, contact_id, channel, address, address_key, only_sender_id, learnt_from_thread, provisional,
    opted_out_at, preference_at, marketing_opted_out_at, marketing_preference_at
  )
  values (
    p_like.sub_account_id, p_like.contact_id, p_address.channel, p_address.address, p_address.key,
    p_like.only_sender_id, p_like.learnt_from_thread, p_like.provisional,
    p_like.opted_out_at, p_like.preference_at, p_like.marketing_opted_out_at, p_like.marketing_preference_at
  );
end;
$$;

-- Locks and finds the two addresses that a vendor names as one person's. If both are known, their contacts are merged
-- and their preferences shared. Returns the row of the first, or else that of the second; null if neither is known.
create function crm_api.find_person(p_sub_account_id uuid, p_address crm_api.address, p_other crm_api.address)
returns public.contact_addresses
language plpgsql
set search_path = ''
as $$
declare
  v_address public.contact_addresses;
  v_other public.contact_addresses;
begin
  perform crm_api.lock_addresses(p_sub_account_id, p_address.channel, array[p_address.key, p_other.key]);
  v_address := crm_api.find_address(p_sub_account_id, p_address.channel, p_address.key);
  v_other := crm_api.find_address(p_sub_account_id, p_address.channel, p_other.key);
  if v_address.contact_id <> v_other.contact_id then
    perform crm_api.merge_contacts(v_address.contact_id, v_other.contact_id);
  end if;
  if v_address.id <> v_other.id then
    perform crm_api.share_preference(array[v_address.id, v_other.id]);
  end if;
  return case when v_address.id is null then v_other else v_address end;
end;
$$;

-- Finds the address that a contact wrote from, and makes what is missing: the contact, this address, and the other
-- address that the vendor names for the same person. Where neither is known, they become p_known_contact_id's or a
-- new contact's.
create function crm_api.keep_address(
  p_sub_account_id uuid,
  p_address crm_api.address,
  p_other crm_api.address,
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
  v_person public.contact_addresses := crm_api.find_person(p_sub_account_id, p_address, p_other);
  v_given crm_api.address;
begin
  v_person.provisional := coalesce(v_person.contact_id, p_known_contact_id) is null and p_provisional;
  v_person.sub_account_id := p_sub_account_id;
  v_person.only_sender_id := p_only_sender_id;
  v_person.contact_id := coalesce(
    v_person.contact_id, p_known_contact_id, crm_api.make_contact(p_sub_account_id, p_name)
  );
  -- Only the thread of an email says whose a new address is. On other channels the vendor says who wrote.
  v_person.learnt_from_thread := p_address.channel = 'email'
    and v_person.contact_id is not distinct from p_known_contact_id;
  foreach v_given in array array[p_address, p_other] loop
    continue when v_given.key is null
      or (crm_api.find_address(p_sub_account_id, p_address.channel, v_given.key)).id is not null;
    perform crm_api.add_address(v_given, v_person);
  end loop;
  return crm_api.find_address(p_sub_account_id, p_address.channel, p_address.key);
end;
$$;

-- Opts addresses out or in, unless a later word of the contact is known. Returns true where that changed one of them.
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

-- Does the same as set_preference for promotions alone.
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

-- Stores with the address what a receipt says of the recipient: opted out, or not reached there.
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

-- Locks the contact of an address, and returns its id. Looks again where the address was given to another contact
-- while this transaction waited.
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

-- Locks contacts, then their conversations and those of the messages: everybody in this order, so that nobody waits
-- for a contact while holding its conversation. The contacts may be merged, so their rows are locked as for that.
create function crm_api.lock_people(p_sub_account_id uuid, p_contact_ids uuid[], p_message_ids uuid[])
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform 1 from public.contacts c where c.id = any (p_contact_ids) order by c.id for update;
  perform crm_api.lock_conversation(o.id, false)
  from (
    select c.id from public.conversations c
    where c.sub_account_id = p_sub_account_id and c.contact_id = any (p_contact_ids)
    union
    select m.conversation_id from public.messages m where m.id = any (p_message_ids)
    order by 1
  ) o;
end;
$$;

-- Finds the conversation that an address writes in: the thread where it is the same contact's, else the contact's
-- last one. Makes one where the contact has none.
create function crm_api.keep_conversation(p_address public.contact_addresses, p_thread public.conversations)
returns uuid
language plpgsql
set search_path = ''
as $$
declare
  -- Two addresses of one contact have two locks, so the contact is locked as well: the conversation is the contact's.
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
