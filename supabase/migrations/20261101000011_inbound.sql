-- What contacts write: stored once, under one contact and one conversation for each address.

alter table public.contact_addresses
  add column invalid_at timestamptz,
  add column preference_at timestamptz,
  add column marketing_opted_out_at timestamptz,
  add column marketing_preference_at timestamptz;
comment on column public.contact_addresses.invalid_at is 'A provider said that nobody is reached here; cleared when the contact writes from it.';
comment on column public.contact_addresses.preference_at is 'When the contact last opted out or in: an older word does not undo it.';
comment on column public.contact_addresses.marketing_opted_out_at is
  'When the contact wanted no promotions any more. Stops nothing that is sent here: a free text inside a conversation is none.';
comment on column public.contact_addresses.marketing_preference_at is 'As preference_at, of promotions.';

create index messages_email_message_id_idx on public.messages ((metadata ->> 'email_message_id'))
  where metadata ->> 'email_message_id' is not null;

-- Argentina: a mobile number is dialled with a 9 before it from abroad, and with a 15 inside it at home. Neither is part of the
-- ten digits, of which the plan gives each block out once, for phones of either kind.
create function crm_api.argentine_key(p_digits text)
returns text
language plpgsql
immutable
strict
set search_path = ''
as $$
declare
  v_short constant text := '2(?:2[013]|3[067]|49|6[01346]|80|9[14789])|3(?:36|4[12358]|5[138]|6[24]|7[069]|8[013578])';
begin
  return case
    when p_digits ~ '^549\d{10}$' then '54' || substr(p_digits, 4)
    when p_digits ~ '^549?1115\d{8}$' then regexp_replace(p_digits, '^549?1115', '5411')
    when p_digits ~ ('^549?(?:' || v_short || ')15\d{7}$')
      then regexp_replace(p_digits, '^549?(\d{3})15', '54\1')
    when p_digits ~ '^549?[23]\d{3}15\d{6}$' then regexp_replace(p_digits, '^549?(\d{4})15', '54\1')
    else p_digits
  end;
end;
$$;

-- Numbers that were given more digits, or others, while WhatsApp was about: its ids may still be the old ones. No old number is
-- a new one too, because it has another length.
create function crm_api.renumbered_key(p_digits text)
returns text
language plpgsql
immutable
strict
set search_path = ''
as $$
declare
  v_vietnam constant jsonb := '{
    "120": "70", "121": "79", "122": "77", "126": "76", "128": "78", "123": "83", "124": "84", "125": "85", "127": "81",
    "129": "82", "162": "32", "163": "33", "164": "34", "165": "35", "166": "36", "167": "37", "168": "38", "169": "39",
    "186": "56", "188": "58", "199": "59"
  }';
begin
  return case
    when p_digits ~ '^841\d{9}$' and v_vietnam ? substr(p_digits, 3, 3)
      then '84' || (v_vietnam ->> substr(p_digits, 3, 3)) || substr(p_digits, 6)
    -- Benin 2024: all numbers were given a 01.
    when p_digits ~ '^229\d{8}$' then '22901' || substr(p_digits, 4)
    -- Ivory Coast 2021: by the operator that had the number, which its second digit told.
    when p_digits ~ '^225(?:0[1-3]|[457][0-3])\d{6}$' then '22501' || substr(p_digits, 4)
    when p_digits ~ '^225[04-9][4-6]\d{6}$' then '22505' || substr(p_digits, 4)
    when p_digits ~ '^225(?:[04578][7-9]|[69][78])\d{6}$' then '22507' || substr(p_digits, 4)
    else p_digits
  end;
end;
$$;

-- The digits of a number without what is only dialled: the 00 of a call abroad, and what each country puts before a number
-- at home. Listed are those where no number begins with it, so what it stands before is the same number.
create function crm_api.dialled_key(p_digits text)
returns text
language plpgsql
immutable
strict
set search_path = ''
as $$
declare
  v_zero constant text := '20|27|3[123]|4[013469]|5[134578]|6[0-46]|8[1246]|9[0-58]|21[1238]|23[1-4]|243|249|25[12456]'
    || '|26[0-5]|291|35[3589]|37[0347]|38[0-35-79]|42[13]|508|59[013-68]|686|85[056]|88[06]|96[1-467]|97[01267]|99[456]';
  v_digits text := regexp_replace(p_digits, '^00(?=[1-9]\d{7})', '');
begin
  return case
    when v_digits ~ ('^(?:' || v_zero || ')0[1-9]\d{6,11}$')
      then regexp_replace(v_digits, '^(' || v_zero || ')0', '\1')
    -- North America, Russia and Kazakhstan, Hungary, Mexico, Lithuania, Belarus, Turkmenistan.
    when v_digits ~ '^(?:11[2-9]\d{9}|78\d{10})$' then left(v_digits, 1) || substr(v_digits, 3)
    when v_digits ~ '^3606\d{8,9}$' then '36' || substr(v_digits, 5)
    when v_digits ~ '^52(?:1|01|04[45])\d{10}$' then '52' || right(v_digits, 10)
    when v_digits ~ '^3708\d{8}$' then '370' || substr(v_digits, 5)
    when v_digits ~ '^37580[234]\d{8}$' then '375' || substr(v_digits, 6)
    when v_digits ~ '^9938\d{8}$' then '993' || substr(v_digits, 5)
    else v_digits
  end;
end;
$$;

-- One key for all spellings of one number. Two spellings that may be two people's keep two keys.
create function crm_api.digits_key(p_digits text)
returns text
language plpgsql
immutable
strict
set search_path = ''
as $$
declare
  v_digits text := crm_api.dialled_key(p_digits);
begin
  return case
    when v_digits ~ '^54' then crm_api.argentine_key(v_digits)
    -- Brazil: mobile numbers, which began with 6 to 9, were given a 9 before them; landlines begin with 2 to 5.
    when v_digits ~ '^55\d\d9[6-9]\d{7}$' then regexp_replace(v_digits, '^(55\d\d)9', '\1')
    when v_digits ~ '^(?:84|22[59])' then crm_api.renumbered_key(v_digits)
    else v_digits
  end;
end;
$$;

-- An address however it is spelled: numbers as + and digits, the mailbox of `Name <mailbox>` in lower case. Ids are
-- as they are: two that differ in their case alone are two people.
create function crm_api.address_key(p_channel text, p_address text)
returns text
language plpgsql
immutable
strict
set search_path = ''
as $$
declare
  v_address text := btrim(p_address);
begin
  if p_channel = 'email' then
    return lower(btrim(coalesce(substring(v_address from '<([^<>]+)>'), v_address)));
  elsif p_channel not in ('sms', 'whatsapp') then
    return v_address;
  end if;
  -- Phones and sheets put marks around a number that nobody sees.
  v_address := regexp_replace(
    normalize(v_address, nfkc), '^whatsapp:|[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]', '', 'g'
  );
  return case
    when v_address ~ '^\s*\+?\(?[0-9][0-9\s()./\u2010-\u2015-]{3,30}$'
      then '+' || crm_api.digits_key(regexp_replace(v_address, '\D', '', 'g'))
    else regexp_replace(btrim(p_address), '^whatsapp:', '')
  end;
end;
$$;

alter table public.contact_addresses
  add column address_key text not null generated always as (crm_api.address_key(channel, address)) stored,
  add unique (sub_account_id, channel, address_key);
alter table public.senders
  add column address_key text not null generated always as (crm_api.address_key(channel, address)) stored,
  add unique (sub_account_id, channel, address_key);
comment on column public.contact_addresses.address_key is
  'The address however it is spelled: one person has it once. Messages go to the address as it is stored.';
comment on column public.senders.address_key is 'The address however it is spelled.';

-- A mailbox without what stands behind a + in it: hello+quote17@ is hello@ (RFC 5233).
create function crm_api.mailbox_key(p_address text)
returns text
language sql
immutable
strict
set search_path = ''
return regexp_replace(crm_api.address_key('email', p_address), '^([^+@]+)\+[^@]*@', '\1@');

create function crm_api.domain_of(p_address text)
returns text
language sql
immutable
strict
set search_path = ''
return nullif(split_part(crm_api.address_key('email', p_address), '@', 2), '');

create index messages_sent_by_idx
  on public.messages (sub_account_id, (crm_api.domain_of(metadata ->> 'sent_by')), created_at)
  where metadata ->> 'sent_by' is not null;
create index senders_mailbox_idx on public.senders (crm_api.mailbox_key(address)) where channel = 'email';
create index senders_domain_idx on public.senders (crm_api.domain_of(address)) where channel = 'email';

-- The connection's sender in whose domain these mailboxes are, where they are nobody's: a vendor that serves several
-- sub-accounts calls all of them, so what is another sender's, or in a domain that others write from too, is not taken.
create function crm_api.find_sender_by_domain(p_connection public.connections, p_accounts text[])
returns public.senders
language plpgsql
stable
set search_path = ''
as $$
declare
  v_sender public.senders;
begin
  select s.* into v_sender
  from unnest(p_accounts) a
  join public.senders s on s.channel = 'email' and crm_api.domain_of(s.address) = crm_api.domain_of(a)
  where s.sub_account_id = p_connection.sub_account_id and s.connection_id = p_connection.id
    and not exists (
      select 1 from public.senders o
      where o.channel = 'email' and crm_api.mailbox_key(o.address) = crm_api.mailbox_key(a)
    )
    and not exists (
      select 1 from public.senders o
      where o.channel = 'email' and crm_api.domain_of(o.address) = crm_api.domain_of(a)
        and o.sub_account_id <> p_connection.sub_account_id
    )
  order by s.active desc, s.priority, s.created_at, s.id
  limit 1;
  return v_sender;
end;
$$;

-- The connection's sender that the vendor calls by one of these names.
create function crm_api.find_own_sender(p_connection public.connections, p_channel text, p_accounts text[])
returns public.senders
language plpgsql
stable
set search_path = ''
as $$
declare
  v_sender public.senders;
  v_keys text[] := array(select crm_api.address_key(p_channel, a) from unnest(p_accounts) a);
  v_mailboxes text[] := case when p_channel = 'email' then
    array(select crm_api.mailbox_key(a) from unnest(p_accounts) a) end;
begin
  select s.* into v_sender
  from public.senders s
  where s.sub_account_id = p_connection.sub_account_id and s.connection_id = p_connection.id and s.channel = p_channel
    and (s.address_key = any (v_keys) or crm_api.mailbox_key(s.address) = any (v_mailboxes))
  order by s.address_key = any (v_keys) desc, s.active desc, s.priority, s.created_at, s.id
  limit 1;
  if v_sender.id is null and p_channel = 'email' then
    v_sender := crm_api.find_sender_by_domain(p_connection, p_accounts);
  end if;
  return v_sender;
end;
$$;

create function crm_api.is_own_address(p_sub_account_id uuid, p_channel text, p_address text)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
declare
  v_key text := crm_api.address_key(p_channel, p_address);
begin
  return exists (
    select 1 from public.senders s
    where s.sub_account_id = p_sub_account_id and s.channel = p_channel and s.address_key = v_key
  );
end;
$$;

-- Who wrote an email is named by Reply-To before From: a form on a website writes in its visitor's name. Where Reply-To
-- leads back to us, it is From after all.
create function crm_api.name_writer(p_sub_account_id uuid, p_event jsonb)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  if p_event #>> '{reply_to,address}' is null or exists (
    select 1 from public.senders s
    where s.sub_account_id = p_sub_account_id and s.channel = 'email'
      and crm_api.domain_of(s.address) = crm_api.domain_of(p_event #>> '{reply_to,address}')
  ) then
    return p_event;
  end if;
  return p_event || jsonb_build_object(
    'from', p_event #> '{reply_to,address}', 'name', p_event #> '{reply_to,name}',
    'automatic', p_event #> '{reply_to,automatic}', 'sent_by', p_event -> 'from'
  );
end;
$$;

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

-- The conversation that a message of a contact continues: where the message that it answers is, else the contact's last one.
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
    -- As in was_received.
    offset 0
  ) t
  join public.conversations c on c.id = t.conversation_id
  where t.sub_account_id = p_sub_account_id
  order by t.happened_at desc
  limit 1;
  return v_conversation;
end;
$$;

-- Whether an email shows that its writer has read one of ours that went to that address: nobody else knows its id.
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
      -- As in was_received.
      offset 0
    ) m
    where m.sub_account_id = p_sub_account_id and m.address_id = p_address_id and m.sender_type <> 'contact'
  );
end;
$$;

-- What is kept of an email beside its text. `unauthenticated`: nobody vouches that it is from its sender, and it does not
-- show it either.
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

-- When a message was written, as the vendor says. Some say whole seconds: then it was at the end of that one, so that an
-- answer of ours within it is not after what the contact wrote back. Nothing was written after it was here.
create function crm_api.happened_at(p_at timestamptz)
returns timestamptz
language plpgsql
set search_path = ''
as $$
begin
  return least(
    case when p_at = date_trunc('second', p_at) then p_at + interval '999 milliseconds' else p_at end,
    -- Not now(): what came in one call was written one after the other.
    clock_timestamp()
  );
end;
$$;

-- Kept beside a contact's message: `automatic`: no person wrote it; `unanswerable`: it says nothing that can be
-- answered; `reaction`: it repeats a message of ours; `withdrawn`: the contact took it back, and nothing of it is kept;
-- `text_length`: of a text that was too long, and is kept in part.
create function crm_api.mark_inbound(p_event jsonb)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  return jsonb_strip_nulls(jsonb_build_object(
    'message_id', p_event -> 'replied_provider_message_id',
    'email_message_id', p_event -> 'email_message_id',
    'automatic', case when (p_event ->> 'automatic')::boolean then true end,
    'unanswerable', case when not (p_event ->> 'answerable')::boolean then true end,
    'reaction', p_event -> 'reaction',
    'withdrawn', p_event -> 'withdrawn',
    'text_length', p_event -> 'text_length',
    'attachments', nullif(p_event -> 'attachments', '[]'::jsonb),
    'details', nullif(p_event -> 'details', '{}'::jsonb)
  ));
end;
$$;

create function crm_api.store_inbound(
  p_connection public.connections,
  p_event jsonb,
  p_sender_id uuid,
  p_address_id uuid,
  p_conversation_id uuid
)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages;
begin
  insert into public.messages (
    id, sub_account_id, conversation_id, channel, sender_type, status, content, subject, address_id, sender_id,
    provider, provider_message_id, metadata, due_at, sent_at, created_at, happened_at
  )
  values (
    (p_event ->> 'message_id')::uuid, p_connection.sub_account_id, p_conversation_id, p_event ->> 'channel', 'contact',
    'received', p_event ->> 'text', p_event ->> 'subject', p_address_id, p_sender_id, p_connection.provider,
    p_event ->> 'provider_message_id',
    crm_api.mark_inbound(p_event) || crm_api.email_marks(p_connection.sub_account_id, p_address_id, p_event),
    case when (p_event ->> 'text_is_elsewhere')::boolean then now() end,
    least((p_event ->> 'at')::timestamptz, now()), clock_timestamp(),
    crm_api.happened_at((p_event ->> 'at')::timestamptz)
  )
  returning * into v_message;
  return v_message;
end;
$$;

-- The contact writes from there. Mail that nobody vouches for does not tell that, and what no person wrote not where the contact
-- wants to be written to; without its text nobody knows yet.
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
  where a.id = p_message.address_id and p_message.due_at is null and not p_message.metadata ? 'unauthenticated';
end;
$$;

-- An index takes no longer ids.
create function crm_api.event_key(p_event_id text)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
  return case when length(p_event_id) > 500 then md5(p_event_id) else p_event_id end;
end;
$$;

-- Once for each id of the vendor's.
create function crm_api.see_event(p_connection public.connections, p_event_id text)
returns boolean
language plpgsql
set search_path = ''
as $$
begin
  insert into public.webhook_events (connection_id, event_id, sub_account_id)
  values (p_connection.id, crm_api.event_key(p_event_id), p_connection.sub_account_id)
  on conflict do nothing;
  return found;
end;
$$;

-- Another connection of the sub-account has brought it: a vendor calls the webhooks of all connections that are the same
-- account there, and an email to two senders is still one.
create function crm_api.was_received(p_connection public.connections, p_event jsonb)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return exists (
    select 1
    from (
      select * from public.messages o where o.provider_message_id = p_event ->> 'provider_message_id'
      -- Keeps the conditions below out of the lookup, which else becomes a search through all messages of the account.
      offset 0
    ) m
    where m.sub_account_id = p_connection.sub_account_id and m.provider = p_connection.provider
      and m.sender_type = 'contact'
  );
end;
$$;

-- A contact wrote: stores it, opens the window, heeds STOP, and has the agent answer.
create function crm_api.record_inbound(p_connection public.connections, p_event jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_channel text := p_event ->> 'channel';
  v_at timestamptz := least((p_event ->> 'at')::timestamptz, now());
  v_sender public.senders := crm_api.find_own_sender(
    p_connection, v_channel, array(select jsonb_array_elements_text(p_event -> 'accounts'))
  );
  v_thread public.conversations;
  v_address public.contact_addresses;
  v_message public.messages;
  v_conversation_id uuid;
  v_silent boolean;
begin
  if v_sender.id is null then
    return jsonb_build_object('outcome', 'no_sender');
  end if;
  perform crm_api.lock_received(p_connection, p_event);
  if not crm_api.see_event(p_connection, 'inbound ' || (p_event ->> 'provider_message_id'))
    or crm_api.was_received(p_connection, p_event)
  then
    return jsonb_build_object('outcome', 'known');
  end if;
  p_event := crm_api.empty_withdrawn(p_connection, p_event);
  p_event := crm_api.name_writer(p_connection.sub_account_id, p_event);
  v_silent := coalesce((p_event ->> 'automatic')::boolean, false);
  -- Mail that goes out from here and comes in again, by a forwarding rule, would be answered for ever.
  if crm_api.is_own_address(p_connection.sub_account_id, v_channel, p_event ->> 'from') then
    p_event := p_event || jsonb_build_object('automatic', true);
    v_silent := true;
  end if;
  v_thread := crm_api.find_thread(p_connection.sub_account_id, p_event);
  v_address := crm_api.keep_address(
    p_connection.sub_account_id, v_channel, p_event ->> 'from', p_event ->> 'other_address', p_event ->> 'name',
    v_thread.contact_id, case when v_channel in ('facebook', 'instagram') then v_sender.id end,
    (p_event ->> 'text_is_elsewhere')::boolean
  );
  v_conversation_id := crm_api.keep_conversation(v_address, v_thread);
  perform crm_api.lock_conversation(v_conversation_id, false);
  if crm_api.is_reaction(p_event, v_conversation_id) then
    p_event := p_event || '{"answerable": false, "reaction": true}';
  end if;
  v_message := crm_api.store_inbound(p_connection, p_event, v_sender.id, v_address.id, v_conversation_id);
  perform crm_api.note_writing(v_message);

  if p_event ->> 'preference' is not null and crm_api.set_preference(
    array[v_address.id, (crm_api.find_address(p_connection.sub_account_id, v_channel, p_event ->> 'other_address')).id],
    p_event ->> 'preference', v_at
  ) then
    v_silent := true;
  end if;
  v_silent := v_silent or coalesce(p_event ->> 'preference' = 'opted_out', false)
    or crm_api.has_opted_out(v_address.id);
  return jsonb_build_object(
    'outcome', 'stored',
    'message_id', v_message.id,
    'text_is_elsewhere', v_message.due_at is not null,
    'answer', case when not v_silent and crm_api.is_answerable(v_message) then crm_api.queue_answer(v_message) end
  );
end;
$$;

-- The vendor gave a person another id; what is known of the old one goes on with the new one.
create function crm_api.record_address_change(p_connection public.connections, p_event jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_channel text := p_event ->> 'channel';
  v_previous public.contact_addresses;
  v_current public.contact_addresses;
begin
  perform crm_api.lock_addresses(
    p_connection.sub_account_id, v_channel, array[p_event ->> 'previous', p_event ->> 'current']
  );
  v_previous := crm_api.find_address(p_connection.sub_account_id, v_channel, p_event ->> 'previous');
  v_current := crm_api.find_address(p_connection.sub_account_id, v_channel, p_event ->> 'current');
  if v_previous.id is null or v_previous.id = v_current.id then
    return jsonb_build_object('outcome', 'known');
  elsif v_current.id is null then
    update public.contact_addresses set address = p_event ->> 'current' where id = v_previous.id;
  else
    if v_previous.contact_id <> v_current.contact_id then
      perform crm_api.merge_contacts(v_previous.contact_id, v_current.contact_id);
    end if;
    perform crm_api.share_preference(array[v_previous.id, v_current.id]);
    update public.contact_addresses
    set last_inbound_at = greatest(last_inbound_at, v_previous.last_inbound_at)
    where id = v_current.id;
    delete from public.contact_addresses where id = v_previous.id;
  end if;
  return jsonb_build_object('outcome', 'stored');
end;
$$;

create function crm_api.record_preference(p_connection public.connections, p_event jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_at timestamptz := least((p_event ->> 'at')::timestamptz, now());
  v_address public.contact_addresses := crm_api.find_address(
    p_connection.sub_account_id, p_event ->> 'channel', p_event ->> 'address'
  );
begin
  if v_address.id is null then
    return jsonb_build_object('outcome', 'unknown_address');
  end if;
  if p_event ->> 'scope' = 'marketing' then
    perform crm_api.set_marketing_preference(v_address.id, p_event ->> 'preference', v_at);
  else
    perform crm_api.set_preference(array[v_address.id], p_event ->> 'preference', v_at);
  end if;
  return jsonb_build_object('outcome', 'stored');
end;
$$;

revoke execute on all functions in schema crm_api from public;
grant execute on all functions in schema crm_api to service_role;
