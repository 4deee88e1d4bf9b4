-- Demo data for the local stack; never part of a deployment. Made by `npm run seed` from dev/demo-data.ts.
-- The API key is cfy_your_api_key; the credentials are sealed with the demo's own CREDENTIALS_KEY.

insert into public.sub_accounts (id, name) values
  ('5ab0acc0-0000-4000-8000-000000000001', 'Acme Dental');

insert into public.api_keys (sub_account_id, name, key_hash, display_prefix) values
  ('5ab0acc0-0000-4000-8000-000000000001', 'Demo', '44bcb8cec33102552d2ceb1146a05956a66e7f666c03891745187ed80ccc9576', 'cfy_your');

insert into public.contacts (id, sub_account_id, name) values
  ('c047ac70-0000-4000-8000-000000000001', '5ab0acc0-0000-4000-8000-000000000001', 'Jane Doe');

insert into public.conversations (id, sub_account_id, contact_id, external_id) values
  ('c0477e55-0000-4000-8000-000000000001', '5ab0acc0-0000-4000-8000-000000000001', 'c047ac70-0000-4000-8000-000000000001', 'conv_abc123');

insert into public.connections (id, sub_account_id, provider, name, credentials) values
  ('c0477ec7-0000-4000-8000-000000000001', '5ab0acc0-0000-4000-8000-000000000001', 'twilio', 'Demo twilio', 'v1.db042eaa.vUfPx8LbiDVuVL5P.vpTjWpxrlDFoz9V03yzzbqgXP0ncnLH1CHC_1OzwT_DUoEg5S5oVhTpU7Jy4Iu-GDrm1KPhPbT15RJ-cGMQwB1S9jJwdDByHg0HzBX-mMxLQjfSGGfXC-VkHv7UHIadAZPrRq9-s8X8qTHoNU9yNSGLz'),
  ('c0477ec7-0000-4000-8000-000000000002', '5ab0acc0-0000-4000-8000-000000000001', 'meta', 'Demo meta', 'v1.db042eaa.QooEYB0QNc2YigxQ.QydhZ3j14Iop16w7AuCJtIKneqijhJp5xLmFLvhe4NOdh0TQRkDsWohSIZljDEzYTUnepAXWn9BIePbJTmsNKliB-IFaGmIVP6NG7tWZaVdpMyii72FaMLzbZyuA2Zzj65s3BA4Ujz8WR-I7rMlwhGSHqg'),
  ('c0477ec7-0000-4000-8000-000000000003', '5ab0acc0-0000-4000-8000-000000000001', 'resend', 'Demo resend', 'v1.db042eaa.tnQqFq1GBTOoSWxw.a1Nm5szykMDUPNXyMnnJiWqFQnXCxCeKzh5UBRffokOwl1kkqx_sv7A-KBGOVWALKY3LyhYFzhInHMOGpjMOVTwCqmYfDSGuhetAZjP3CmBvLqP3EKHTH0ggzoAlyoirVYncHNnCeGOwD5HpuwCkbQ3m025BM2XhINRMmODoNtw9aA'),
  ('c0477ec7-0000-4000-8000-000000000004', '5ab0acc0-0000-4000-8000-000000000001', 'openai', 'Demo openai', 'v1.db042eaa.acuF33IlUF59OnPF.itANn5Ws_e_pQ-h7EkAOqgoSmKpOsk8l3VsQWttGdlj3r9dKua-hh6CYHojfdZKhhJoW1XAB5zi4gUdIbA'),
  ('c0477ec7-0000-4000-8000-000000000005', '5ab0acc0-0000-4000-8000-000000000001', 'anthropic', 'Demo anthropic', 'v1.db042eaa.TVoWxdeSMWQOfnjb.bWiu7ZOQ1UwJx9hIGBL5hEqk7UcgZ9LtJT9jEtvwejMGAzJKGR_2o_iUPorjhtWVuySO0rV8fQDPGk3uBjCl');

insert into public.senders (sub_account_id, connection_id, channel, address) values
  ('5ab0acc0-0000-4000-8000-000000000001', 'c0477ec7-0000-4000-8000-000000000001', 'sms', '+15005550006'),
  ('5ab0acc0-0000-4000-8000-000000000001', 'c0477ec7-0000-4000-8000-000000000003', 'email', 'Acme Dental <hello@acme-dental.example>'),
  ('5ab0acc0-0000-4000-8000-000000000001', 'c0477ec7-0000-4000-8000-000000000002', 'whatsapp', '100000000000001'),
  ('5ab0acc0-0000-4000-8000-000000000001', 'c0477ec7-0000-4000-8000-000000000002', 'facebook', '100000000000002'),
  ('5ab0acc0-0000-4000-8000-000000000001', 'c0477ec7-0000-4000-8000-000000000002', 'instagram', '100000000000003');

insert into public.contact_addresses (sub_account_id, contact_id, channel, address) values
  ('5ab0acc0-0000-4000-8000-000000000001', 'c047ac70-0000-4000-8000-000000000001', 'sms', '+15005550101'),
  ('5ab0acc0-0000-4000-8000-000000000001', 'c047ac70-0000-4000-8000-000000000001', 'email', 'jane@example.com'),
  ('5ab0acc0-0000-4000-8000-000000000001', 'c047ac70-0000-4000-8000-000000000001', 'whatsapp', '+15005550101'),
  ('5ab0acc0-0000-4000-8000-000000000001', 'c047ac70-0000-4000-8000-000000000001', 'facebook', '7100000000000001'),
  ('5ab0acc0-0000-4000-8000-000000000001', 'c047ac70-0000-4000-8000-000000000001', 'instagram', '7200000000000001');

insert into public.agents (id, sub_account_id, connection_id, name, model, instructions) values
  ('a1b2c3d4-e5f6-7890-abcd-ef1234567890', '5ab0acc0-0000-4000-8000-000000000001', 'c0477ec7-0000-4000-8000-000000000004', 'Front desk', 'gpt-5-mini', 'You are the front desk of Acme Dental. Be warm and brief, and never promise a price.'),
  ('a1b2c3d4-e5f6-7890-abcd-ef1234567891', '5ab0acc0-0000-4000-8000-000000000001', 'c0477ec7-0000-4000-8000-000000000005', 'Night shift', 'claude-sonnet-4-5', 'You are the front desk of Acme Dental. Be warm and brief, and never promise a price.');
