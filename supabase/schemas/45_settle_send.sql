-- What came of a message.

-- An id as it is stored and looked for: one that does not fit into an index is told apart by its digest.
create function crm_api.keep_id(p_id text)
returns text
language plpgsql
immutable
strict
set search_path = ''
as $$
begin
  return case when length(p_id) > 400 then 'sha256:' || encode(sha256(convert_to(p_id, 'UTF8')), 'hex') else p_id end;
end;
$$;

create function crm_api.last_number(p_attempts jsonb)
returns integer
language plpgsql
immutable
set search_path = ''
as $$
begin
  return (select max((a ->> 'number')::integer) from jsonb_array_elements(p_attempts) a);
end;
$$;

-- The vendor told of a message before its id was known to be ours: then it was stored as a person's.
create function crm_api.drop_echo(p_message public.messages)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if p_message.channel in ('whatsapp', 'facebook', 'instagram') and p_message.provider_message_id is not null then
    delete from public.messages m
    where m.provider_message_id = p_message.provider_message_id and m.sub_account_id = p_message.sub_account_id
      and m.id <> p_message.id and m.metadata ? 'echo';
  end if;
end;
$$;

-- Stores the calls to providers that are not stored yet, and answers with them. Where another worker has made a call
-- meanwhile, the numbers go on from there. The message's row is locked by whoever calls.
create function crm_api.record_attempts(p_message public.messages, p_attempts jsonb)
returns public.message_attempts[]
language plpgsql
set search_path = ''
as $$
declare
  v_stored public.message_attempts[];
  v_last integer := (
    select coalesce(max(t.number), 0) from public.message_attempts t where t.message_id = p_message.id
  );
begin
  with stored as (
    insert into public.message_attempts as t (
      message_id, number, sub_account_id, sender_id, provider, outcome, reason, code, message, started_at, finished_at
    )
    select p_message.id, greatest(a.number, v_last + row_number() over (order by a.number)), p_message.sub_account_id,
      s.id, a.provider, a.outcome, a.reason, a.code, a.message, a.started_at, a.finished_at
    from jsonb_to_recordset(p_attempts) as a (
      number integer, sender_id uuid, provider text, outcome text, reason text, code text, message text,
      started_at timestamptz, finished_at timestamptz
    )
    left join public.senders s on s.id = a.sender_id and s.sub_account_id = p_message.sub_account_id
    where not exists (
      select 1 from public.message_attempts t
      where t.message_id = p_message.id and t.started_at = a.started_at and t.sender_id is not distinct from s.id
    )
    returning t
  )
  select array_agg(stored.t) into v_stored from stored;
  return v_stored;
end;
$$;

-- Keeps what is known of a message's calls when its status is settled already, by a receipt or by somebody else.
create function crm_api.keep_calls(
  p_message_id uuid,
  p_attempts jsonb,
  p_sender_id uuid,
  p_provider text,
  p_provider_message_id text
)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages;
begin
  update public.messages m
  set sender_id = coalesce(m.sender_id, p_sender_id), provider = coalesce(m.provider, p_provider),
    provider_message_id = coalesce(m.provider_message_id, crm_api.keep_id(p_provider_message_id)),
    attempts = greatest(m.attempts, crm_api.last_number(p_attempts))
  where m.id = p_message_id
  returning m.* into v_message;
  return v_message;
end;
$$;

-- Stores what came of a message: sent, failed, unknown, or queued to be tried again in p_retry_seconds, as long as it is
-- tried at all. Status only moves forward: an acceptance counts whoever brings it, a failure only from who holds the
-- lease, and neither undoes a receipt that was faster; the calls that were made are stored in any case. Repeated, it has
-- the same effect. Answers with what the message is now. Whoever took up a message
-- without having heard its id, because that answer was lost, is known by the lease: begin_send's has the id that a new
-- message would have had. Leases of claim_sends hold several messages, and name none.
create function public.settle_send(
  p_message_id uuid,
  p_lease_id uuid,
  p_status text,
  p_at timestamptz,
  p_attempts jsonb,
  p_sender_id uuid default null,
  p_provider text default null,
  p_provider_message_id text default null,
  p_error jsonb default null,
  p_usage jsonb default null,
  p_retry_seconds double precision default null
)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_message public.messages;
  v_taken_up_id uuid;
  v_due_at timestamptz := now() + make_interval(secs => p_retry_seconds);
begin
  if p_status = 'queued'
    and exists (select 1 from public.messages m where m.id = p_message_id and m.retry_until <= v_due_at) then
    p_status := 'failed';
    v_due_at := null;
  end if;
  update public.messages m
  set status = case when crm_api.is_open(m) then p_status else m.status end,
    sent_at = case when p_status = 'sent' then coalesce(m.sent_at, p_at) else m.sent_at end,
    failed_at = case when p_status = 'failed' then p_at when crm_api.is_open(m) then null else m.failed_at end,
    error = case when p_status = 'sent' and crm_api.is_open(m) then null else coalesce(p_error, m.error) end,
    usage = crm_api.add_usage(m.usage, p_usage),
    sender_id = coalesce(p_sender_id, m.sender_id),
    provider = coalesce(p_provider, m.provider),
    provider_message_id = coalesce(crm_api.keep_id(p_provider_message_id), m.provider_message_id),
    attempts = greatest(m.attempts, crm_api.last_number(p_attempts)),
    due_at = v_due_at,
    lease_expires_at = case when m.lease_id = p_lease_id then null else m.lease_expires_at end
  where m.id = p_message_id
    and case
      when p_status = 'sent' then m.status not in ('received', 'superseded')
      else m.lease_id = p_lease_id and crm_api.is_open(m) and m.status not in ('failed', p_status)
    end
  returning m.* into v_message;

  if v_message.id is null then
    v_message := crm_api.keep_calls(p_message_id, p_attempts, p_sender_id, p_provider, p_provider_message_id);
  elsif p_status = 'sent' then
    perform crm_api.drop_echo(v_message);
  end if;
  if v_message.id is not null then
    perform crm_api.rest_senders(crm_api.record_attempts(v_message, p_attempts));
    return jsonb_build_object('status', v_message.status, 'sent_at', v_message.sent_at, 'error', v_message.error);
  end if;
  select m.id into v_taken_up_id from public.messages m
  where m.lease_id = p_lease_id and p_lease_id = p_message_id and m.lease_expires_at is not null;
  if not found then
    return jsonb_build_object('status', null);
  end if;
  return public.settle_send(
    v_taken_up_id, p_lease_id, p_status, p_at, p_attempts, p_sender_id, p_provider, p_provider_message_id, p_error,
    p_usage, p_retry_seconds
  );
end;
$$;
