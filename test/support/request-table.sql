-- The rows that the table of requests needs beside the demo data: for each refusal, its cause.

insert into public.api_keys (sub_account_id, name, key_hash, display_prefix, rate_limit, expires_at, revoked_at)
select '5ab0acc0-0000-4000-8000-000000000001', name, encode(sha256(convert_to(key, 'utf8')), 'hex'), 'cfy_', rate_limit,
  expires_at, revoked_at
from (values
  ('used up', 'cfy_usedup0000000000000000000000000000', 1, null, null),
  ('expired', 'cfy_expired000000000000000000000000000', 600, now() - interval '1 hour', null),
  ('revoked', 'cfy_revoked000000000000000000000000000', 600, null, now() - interval '1 hour')
) as keys (name, key, rate_limit, expires_at, revoked_at);
insert into crm_api.rate_parts (api_key_id, part, full_at)
select id, 1, extract(epoch from now()) + 7200 from public.api_keys where name = 'used up';

insert into public.sub_accounts (id, name) values ('5ab0acc0-0000-4000-8000-0000000000ff', 'Another tenant');
insert into public.api_keys (sub_account_id, name, key_hash, display_prefix) values (
  '5ab0acc0-0000-4000-8000-0000000000ff', 'Other',
  encode(sha256(convert_to('cfy_another000000000000000000000000000', 'utf8')), 'hex'), 'cfy_'
);

insert into public.contacts (id, sub_account_id, name) values
  ('c047ac70-0000-4000-8000-0000000000f1', '5ab0acc0-0000-4000-8000-000000000001', 'Nobody knows where'),
  ('c047ac70-0000-4000-8000-0000000000f2', '5ab0acc0-0000-4000-8000-000000000001', 'Said STOP'),
  ('c047ac70-0000-4000-8000-0000000000f3', '5ab0acc0-0000-4000-8000-000000000001', 'Silent for a day'),
  ('c047ac70-0000-4000-8000-0000000000f4', '5ab0acc0-0000-4000-8000-0000000000ff', 'Of another tenant');
insert into public.conversations (sub_account_id, contact_id, external_id) values
  ('5ab0acc0-0000-4000-8000-000000000001', 'c047ac70-0000-4000-8000-0000000000f1', 'conv_nowhere'),
  ('5ab0acc0-0000-4000-8000-000000000001', 'c047ac70-0000-4000-8000-0000000000f2', 'conv_stopped'),
  ('5ab0acc0-0000-4000-8000-000000000001', 'c047ac70-0000-4000-8000-0000000000f3', 'conv_silent'),
  ('5ab0acc0-0000-4000-8000-0000000000ff', 'c047ac70-0000-4000-8000-0000000000f4', 'conv_another');
insert into public.contact_addresses (sub_account_id, contact_id, channel, address, address_key, opted_out_at, last_inbound_at) values
  ('5ab0acc0-0000-4000-8000-000000000001', 'c047ac70-0000-4000-8000-0000000000f2', 'sms', '+15005550102', '+15005550102', now(), null),
  ('5ab0acc0-0000-4000-8000-000000000001', 'c047ac70-0000-4000-8000-0000000000f3', 'whatsapp', '+15005550103', '+15005550103', null,
    now() - interval '25 hours');

insert into public.agents (id, sub_account_id, connection_id, name, model, instructions, active) values
  ('a1b2c3d4-e5f6-7890-abcd-0000000000f1', '5ab0acc0-0000-4000-8000-000000000001', null, 'Unconnected', 'm', '', true),
  ('a1b2c3d4-e5f6-7890-abcd-0000000000f2', '5ab0acc0-0000-4000-8000-000000000001', null, 'Retired', 'm', '', false),
  ('a1b2c3d4-e5f6-7890-abcd-0000000000f3', '5ab0acc0-0000-4000-8000-0000000000ff', null, 'Another''s', 'm', '', true);
