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
  ('c0477ec7-0000-4000-8000-000000000001', '5ab0acc0-0000-4000-8000-000000000001', 'twilio', 'Demo twilio', 'v1.db042eaa.ypA2pWvM4BnZS_bi.rjfGnopNQlZhcurq-5K-rb1WMCHvuDg7OLpydG8mSxvuAThTfpD2Vkdwyf21fowbi9UOxalrvP3NdDM5Bc__F7-tdbjGSMm-7cPfGfXvp2K-OAQscLtidpTJhnQXqzo_u6XQw3crzCRYz6yKxpMKgIpG'),
  ('c0477ec7-0000-4000-8000-000000000002', '5ab0acc0-0000-4000-8000-000000000001', 'meta', 'Demo meta', 'v1.db042eaa.b-KFaYqsaEf8Uuja.qdOjFJdQdR9MdPh5Jni2g1zoVN5L5CAWX9uFz70K_XxteTn4sbZY5GO6jZYv2A5ttf6A_v7RUKdGt0JU20gppb54r97y3nCognd-B9LCk6b7OoJmyxxp99KyyRbt5w5datF1oD4abctdDaBEvYd99n-aOHWdb3-o-AUAbr-hyIhz6_IHvXF7BG-J9YfpVIeizv2h7jzYKuWR4Q'),
  ('c0477ec7-0000-4000-8000-000000000006', '5ab0acc0-0000-4000-8000-000000000001', 'meta', 'Demo meta', 'v1.db042eaa.0k0mzCrnpEoxsxLM.Abli5mKLnjyYSLF-l_wfPG17srnvQ_Be1bS5D6IBMzs9Zp8sCbcThNa3LFv_1Va2ZukV_h2abYP_llLge7gyMJD7Bt1qlIfpgfYCO74JihOKd4zwEktSa0lDm1wYDuKyUTaTBhlMxmY3FipXtSqUZ-vp87V5uHIPoJMbUB1eYjOJMg7-FCs8Cgjs3tTJrvUEfxM4OGDCasfra4AUL0yjfBXvdQ5R--51lMW3G5jA7LM'),
  ('c0477ec7-0000-4000-8000-000000000003', '5ab0acc0-0000-4000-8000-000000000001', 'resend', 'Demo resend', 'v1.db042eaa.1j11UKNU0xoiVNR-.GsNvXVnjNU5VGeElccTKIURwhjkIv7Ph4L_RpwRJwEO42hMfsbVxJ8dnhBKbZQ327wzLw1dTy1Eu4ASY7u9ZLdGD8-eCxJ5MJLQaxG2-Iax86-Sd2PZg0AbeyuGp2d4KuShFxEioVzLPTc_2HG_gZ2e91q62PS-JRJq7kUhgO-Ljyg'),
  ('c0477ec7-0000-4000-8000-000000000004', '5ab0acc0-0000-4000-8000-000000000001', 'openai', 'Demo openai', 'v1.db042eaa.3BJ7iSY36MWIX4-j.HbOzDm2GYnBi7IoDOrMiZgGUQFNB1heLfG6XcfPzV4695ceX_7drEtuJJ8x6N4OIq_K9zqEWaLGLTpQ86A'),
  ('c0477ec7-0000-4000-8000-000000000005', '5ab0acc0-0000-4000-8000-000000000001', 'anthropic', 'Demo anthropic', 'v1.db042eaa.6k-2FaVtcYHsKcAN.A2ryKzB3YIMewwBgS7VWQ_hq-0w_oLzQZgNic_Ohuc_69qVTk3ZYFW_MT0CNb2j3Hv27xxTBTed5qVieCiaD');

insert into public.senders (sub_account_id, connection_id, channel, address, address_key) values
  ('5ab0acc0-0000-4000-8000-000000000001', 'c0477ec7-0000-4000-8000-000000000001', 'sms', '+15005550006', '+15005550006'),
  ('5ab0acc0-0000-4000-8000-000000000001', 'c0477ec7-0000-4000-8000-000000000003', 'email', 'Acme Dental <hello@acme-dental.example>', 'hello@acme-dental.example'),
  ('5ab0acc0-0000-4000-8000-000000000001', 'c0477ec7-0000-4000-8000-000000000002', 'whatsapp', '100000000000001', '+100000000000001'),
  ('5ab0acc0-0000-4000-8000-000000000001', 'c0477ec7-0000-4000-8000-000000000002', 'facebook', '100000000000002', '100000000000002'),
  ('5ab0acc0-0000-4000-8000-000000000001', 'c0477ec7-0000-4000-8000-000000000006', 'instagram', '100000000000003', '100000000000003');

insert into public.contact_addresses (sub_account_id, contact_id, channel, address, address_key) values
  ('5ab0acc0-0000-4000-8000-000000000001', 'c047ac70-0000-4000-8000-000000000001', 'sms', '+15005550101', '+15005550101'),
  ('5ab0acc0-0000-4000-8000-000000000001', 'c047ac70-0000-4000-8000-000000000001', 'email', 'jane@example.com', 'jane@example.com'),
  ('5ab0acc0-0000-4000-8000-000000000001', 'c047ac70-0000-4000-8000-000000000001', 'whatsapp', '+15005550101', '+15005550101'),
  ('5ab0acc0-0000-4000-8000-000000000001', 'c047ac70-0000-4000-8000-000000000001', 'facebook', '7100000000000001', '7100000000000001'),
  ('5ab0acc0-0000-4000-8000-000000000001', 'c047ac70-0000-4000-8000-000000000001', 'instagram', '7200000000000001', '7200000000000001');

insert into public.agents (id, sub_account_id, connection_id, name, model, instructions) values
  ('a1b2c3d4-e5f6-7890-abcd-ef1234567890', '5ab0acc0-0000-4000-8000-000000000001', 'c0477ec7-0000-4000-8000-000000000004', 'Front desk', 'gpt-5-mini', 'You are the front desk of Acme Dental. Be warm and brief, and never promise a price.'),
  ('a1b2c3d4-e5f6-7890-abcd-ef1234567891', '5ab0acc0-0000-4000-8000-000000000001', 'c0477ec7-0000-4000-8000-000000000005', 'Night shift', 'claude-sonnet-4-5', 'You are the front desk of Acme Dental. Be warm and brief, and never promise a price.');
