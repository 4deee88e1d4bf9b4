-- Half a year of messages: a quarter from contacts, most of the others delivered or read, some with a key.
-- p_in_one of all p_messages belong to the demo's conversation, the others to all conversations in turn.
create procedure bench.load_messages(
  p_from integer, p_to integer, p_messages integer, p_in_one integer, p_conversations integer, p_accounts integer
)
language sql
as $$
  with drawn as materialized (
    select n, md5('message' || n) as noise, n % 4 = 0 as inbound,
      case when (n::bigint * 7919) % p_messages >= p_in_one then 1 + n % p_conversations end as conversation,
      case
        when n % 4 = 0 then 'received'
        when n % 50 = 1 then 'failed'
        when n % 50 = 3 then 'unknown'
        when n % 10 = 5 then 'sent'
        when n % 2 = 0 then 'delivered'
        else 'read'
      end as status,
      now() - make_interval(secs => (p_messages - n) * (180 * 86400.0::double precision / p_messages) + 3600) as at
    from generate_series(p_from, p_to) n
  ),
  stored as (
    insert into public.messages (
      id, sub_account_id, conversation_id, channel, sender_type, status, content, idempotency_key, request_hash,
      lease_id, tries, attempts, sender_id, provider, provider_message_id, error, created_at, happened_at,
      sent_at, delivered_at, read_at, failed_at
    )
    select bench.uuid_v7(m.at, m.noise),
      case when m.conversation is null then '5ab0acc0-0000-4000-8000-000000000001' else a.id end,
      case when m.conversation is null then 'c0477e55-0000-4000-8000-000000000001'
        else bench.uuid('conversation', m.conversation) end,
      'sms',
      case when m.inbound then 'contact' when n % 4 = 2 then 'agent' else 'user' end,
      m.status,
      repeat('What we said about the appointment. ', 2 + n % 5),
      case when not m.inbound and n % 3 = 0 then m.noise end,
      case when not m.inbound then m.noise || m.noise end,
      case when not m.inbound then m.noise::uuid end,
      case when m.inbound then 0 else 1 end,
      case when m.inbound then 0 else 1 end,
      a.sender_id,
      'twilio',
      case when m.status <> 'failed' then 'SM' || m.noise end,
      case when m.status = 'failed' then
        jsonb '{"code": "delivery_failed", "retry": "never", "message": "The number is not in service."}' end,
      m.at,
      m.at,
      case when m.status in ('sent', 'delivered', 'read') then m.at + interval '1 s' end,
      case when m.status in ('delivered', 'read') then m.at + interval '3 s' end,
      case when m.status = 'read' then m.at + interval '60 s' end,
      case when m.status = 'failed' then m.at + interval '1 s' end
    from drawn m
    join bench.accounts a on a.number = coalesce(1 + m.conversation % p_accounts, 1)
    returning id, sub_account_id, sender_id, sender_type, status, created_at
  )
  insert into public.message_attempts (
    message_id, number, sub_account_id, sender_id, provider, outcome, reason, code, started_at, finished_at
  )
  select id, 1, sub_account_id, sender_id, 'twilio',
    case status when 'failed' then 'refused' when 'unknown' then 'unknown' else 'accepted' end,
    case status when 'failed' then 'invalid_recipient' end,
    case status when 'failed' then '21211' end,
    created_at, created_at + interval '300 ms'
  from stored
  where sender_type <> 'contact';
$$;

-- Indexes that slow the load down are dropped before it, and made again from their definitions.
create table bench.dropped as
select indexname as name, indexdef as definition
from pg_indexes
where schemaname = 'public' and tablename in ('messages', 'message_attempts') and indexname not like '%_pkey';

create procedure bench.drop_indexes()
language plpgsql
as $$
declare
  v_name text;
begin
  for v_name in select name from bench.dropped loop
    execute format('drop index public.%I', v_name);
  end loop;
end;
$$;

create procedure bench.make_indexes()
language plpgsql
as $$
declare
  v_definition text;
begin
  for v_definition in select definition from bench.dropped loop
    execute v_definition;
  end loop;
end;
$$;
