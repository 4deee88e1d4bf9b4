-- An account's newest messages, over all conversations: what somebody who watches them asks for, again and again.

create index messages_recent_idx on public.messages (sub_account_id, created_at desc, id desc);
