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
  ('c0477ec7-0000-4000-8000-000000000001', '5ab0acc0-0000-4000-8000-000000000001', 'twilio', 'Demo twilio', 'v1.db042eaa.tINDdeiQuEbV7qn_.KKHoz6T1K-hkcBtHoOFYzsY-JJoTRDGQVMm3YPKrfRmHiP6Adpevs13LQNWrG8rs1KSsqaQBDBEwo_MzrIkp7VcP3sZbUAd08j5vfhX7-G_uUyjQGQZpblmv3jxBz1_26gsJ-2atH6_k7XdWnQaXBEZm'),
  ('c0477ec7-0000-4000-8000-000000000002', '5ab0acc0-0000-4000-8000-000000000001', 'meta', 'Demo meta', 'v1.db042eaa.C3BEN2vRuDmS-64y.NUphXtBDoDEUwLIcp0gZ_VpKyGtQcm-9ETlms4bAC5sMZAODazHwObm7JlVQiLBwXZKquELkXfa_hA6RzWyVuMSOKPmhyH7JY7j5yNyS_s9ILhJXumpjHYI1N-gksFewOpVB8oVPKaRLPrE1ws8q2uG5wg'),
  ('c0477ec7-0000-4000-8000-000000000006', '5ab0acc0-0000-4000-8000-000000000001', 'meta', 'Demo meta', 'v1.db042eaa.dN9sEdcRJJ7dJB08.SPXVADJn3-mn1TMWgi0zd_MuFNSLZWmpTXGUGhN3C0Bif8TwVmFmko8cn4ZgZaFc0D_qEHrNZemyMTh_9yquNZk2yCtHa6Vbf-d9Br9HEAmzRSftM7G3D7LEsXibWu85xLv5SacAR7rxGqVP8VEDhDiZCFinM9g7WhjA8pvjftwtRxzzjLRj7Cw'),
  ('c0477ec7-0000-4000-8000-000000000003', '5ab0acc0-0000-4000-8000-000000000001', 'resend', 'Demo resend', 'v1.db042eaa.yRzggN0aiXm0G4-z.H0prOl7vknkBHaiuHeV_CuZmTPXWIRQxT-S5eS0RhigUhRp6z5Dw6qzO4dbYQv5kIisPpQJtBC_XfM9PdjH0nODf71T1qiBcjGiu55AmeKMC9r6rw0k9juXfRRZ8mEWjxVJo76W4oANG9fxK12YpPJJlC-YobmjjT5tGfHoydH0hAA'),
  ('c0477ec7-0000-4000-8000-000000000004', '5ab0acc0-0000-4000-8000-000000000001', 'openai', 'Demo openai', 'v1.db042eaa.F9ZVPphxE8cVq_vn.2YtFjznubx3sAjqK1GJOUkA-Ren1trKxIjmCLy1WP0bY-z0xzOQpP5DYFjOfJc2iD4T5MrkONv6YmNryzQ'),
  ('c0477ec7-0000-4000-8000-000000000005', '5ab0acc0-0000-4000-8000-000000000001', 'anthropic', 'Demo anthropic', 'v1.db042eaa.TengvNB_iwgLGAqu.vfQm59vypbG7PPLpsarPX50IG6skQXqTDPI8bOVWQaQ19NpxoQcMZgikfXoLQnVzbkYIhg7b20G6A3GFxd5m');

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
