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
  ('c0477ec7-0000-4000-8000-000000000001', '5ab0acc0-0000-4000-8000-000000000001', 'twilio', 'Demo twilio', 'v1.db042eaa.cQjcf4ygiL-Y_pE7.5HbWLOruJmmEIXHHyvgThhehFjLlc6oHmp53tUwUDXRmMuun5dsbAi-mTcMX7P5x3JXyep3D-7LgCgJ_-fzJtnrbKjB0GTq7--ehjIfisUGbyLfy5Mm5dyzkB7T9ss5Pq0Ecol3eGJpoAJXYTAGheP2y'),
  ('c0477ec7-0000-4000-8000-000000000002', '5ab0acc0-0000-4000-8000-000000000001', 'meta', 'Demo meta', 'v1.db042eaa.nW_AZnA3BaHHGST9.XggGV5r6k5wfqAcP8HymAKGlUM2yD--8M3vVqTOhrvL2PXJdyJTUfanq6UM7TUf7Xs7tTlz5VMfOyA3I2g2vU61DSNIL9A5uYCf1NsVs8CTDSme6qAYapvtGrOOaVAr9HvGPdF3ROlv6fmeESLhvVL86aquCQ2RQFUpR5RkDba8lE6WksaSPwN_rZAS1wJ3EJLJPnSedsL4sPw'),
  ('c0477ec7-0000-4000-8000-000000000006', '5ab0acc0-0000-4000-8000-000000000001', 'meta', 'Demo meta', 'v1.db042eaa.6aofx6d1HK07HCtT.4XM-Cut_nsw1xx21sWY0IZSAk_UxEqDGeRLPVLuZ3ab_6X2YaSZv-7kutq_KJ3JSopSbg83HkHUsW_lGmCMq8ufhRDrt1rjHWWMjHTzAwiJtyFUcJFzAWAehuCSFecweUg6Bpl7MHhucueAZHJkZquIS_nYbCrWx-yx8mNvOG_JURaG87-CEUHEGxyJzc7x3C_wBqSmkfqbrDWc1rO9xuOfk3x7So2CA7edqzJwCZCE'),
  ('c0477ec7-0000-4000-8000-000000000003', '5ab0acc0-0000-4000-8000-000000000001', 'resend', 'Demo resend', 'v1.db042eaa.zEugH_CFE4hdzhld.e80KQsQcr1Ha4XUuV79Cxj1Kyp3J0ZeTpYNChbStb7AI4be6jQdLOs6YjbV3OdHjSv3LpYx_v7rz5Wmlutr6UfIouckDESGv-HtC6MdJQ7MKcHjAinHXfh0NFrwPEAFvm2_ZN2iZ7BpU_42jGVmKWmho12fJWXeEC_n5EW_dJCm8kQ'),
  ('c0477ec7-0000-4000-8000-000000000004', '5ab0acc0-0000-4000-8000-000000000001', 'openai', 'Demo openai', 'v1.db042eaa.ZzgSEjrtEDaFYm1r.XB-1UAN0p2MosksDWJZ9LW_ugYEjAhOpHpTRz-EwsSPQvOylQb25KWUtatQpm53A6W49qTKmwxrszXTQgQ'),
  ('c0477ec7-0000-4000-8000-000000000005', '5ab0acc0-0000-4000-8000-000000000001', 'anthropic', 'Demo anthropic', 'v1.db042eaa.JcSGqw2zt4VbKejK._7LCvWeKU7BHYIKNA04qhLMqVS_StG0aDaKoQWQL7hznqu8F1imNRPD3B8MTGWefL0tmGp-iE_uSSGIIIjqo');

insert into public.senders (sub_account_id, connection_id, channel, address) values
  ('5ab0acc0-0000-4000-8000-000000000001', 'c0477ec7-0000-4000-8000-000000000001', 'sms', '+15005550006'),
  ('5ab0acc0-0000-4000-8000-000000000001', 'c0477ec7-0000-4000-8000-000000000003', 'email', 'Acme Dental <hello@acme-dental.example>'),
  ('5ab0acc0-0000-4000-8000-000000000001', 'c0477ec7-0000-4000-8000-000000000002', 'whatsapp', '100000000000001'),
  ('5ab0acc0-0000-4000-8000-000000000001', 'c0477ec7-0000-4000-8000-000000000002', 'facebook', '100000000000002'),
  ('5ab0acc0-0000-4000-8000-000000000001', 'c0477ec7-0000-4000-8000-000000000006', 'instagram', '100000000000003');

insert into public.contact_addresses (sub_account_id, contact_id, channel, address) values
  ('5ab0acc0-0000-4000-8000-000000000001', 'c047ac70-0000-4000-8000-000000000001', 'sms', '+15005550101'),
  ('5ab0acc0-0000-4000-8000-000000000001', 'c047ac70-0000-4000-8000-000000000001', 'email', 'jane@example.com'),
  ('5ab0acc0-0000-4000-8000-000000000001', 'c047ac70-0000-4000-8000-000000000001', 'whatsapp', '+15005550101'),
  ('5ab0acc0-0000-4000-8000-000000000001', 'c047ac70-0000-4000-8000-000000000001', 'facebook', '7100000000000001'),
  ('5ab0acc0-0000-4000-8000-000000000001', 'c047ac70-0000-4000-8000-000000000001', 'instagram', '7200000000000001');

insert into public.agents (id, sub_account_id, connection_id, name, model, instructions) values
  ('a1b2c3d4-e5f6-7890-abcd-ef1234567890', '5ab0acc0-0000-4000-8000-000000000001', 'c0477ec7-0000-4000-8000-000000000004', 'Front desk', 'gpt-5-mini', 'You are the front desk of Acme Dental. Be warm and brief, and never promise a price.'),
  ('a1b2c3d4-e5f6-7890-abcd-ef1234567891', '5ab0acc0-0000-4000-8000-000000000001', 'c0477ec7-0000-4000-8000-000000000005', 'Night shift', 'claude-sonnet-4-5', 'You are the front desk of Acme Dental. Be warm and brief, and never promise a price.');
