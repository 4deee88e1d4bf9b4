-- Addresses however they are spelled.

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
