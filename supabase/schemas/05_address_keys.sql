-- Addresses and their keys. The caller makes a key (src/lib/address-key.ts): all spellings of one address have the
-- same.

create type crm_api.address as (channel text, address text, key text);

comment on type crm_api.address is 'An address with the key that it is found by.';

-- Reads one of the addresses that an event names; null where it names none.
create function crm_api.read_address(p_event jsonb, p_field text)
returns crm_api.address
language plpgsql
immutable
set search_path = ''
as $$
begin
  return jsonb_populate_record(null::crm_api.address, nullif(p_event -> p_field, 'null'));
end;
$$;

-- Takes what stands behind a + out of the key of a mailbox: hello+quote17@ is hello@ (RFC 5233).
create function crm_api.mailbox_of(p_key text)
returns text
language sql
immutable
strict
set search_path = ''
return regexp_replace(p_key, '^([^+@]+)\+[^@]*@', '\1@');

-- Takes the domain out of the key of a mailbox.
create function crm_api.domain_of(p_key text)
returns text
language sql
immutable
strict
set search_path = ''
return nullif(split_part(p_key, '@', 2), '');
