-- What is queued, and what was abandoned: taken up by a host's background work and by the sweeper.

-- A sender that is tried last for now, where no other one could take its place.
create function crm_api.is_resting(p_sender_id uuid)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return exists (
    select 1 from public.senders s
    where s.id = p_sender_id and s.rests_until > now() and not exists (
      select 1 from public.senders o
      where o.sub_account_id = s.sub_account_id and o.channel = s.channel and o.active
        and coalesce(o.rests_until <= now(), true)
    )
  );
end;
$$;

-- Queues in which something is due, of sub-accounts after one up to another, in the order of their ids: so many at most.
-- Goes from queue to queue through the index, however long each of them is.
create function crm_api.walk_queues(p_after uuid, p_to uuid, p_most integer)
returns table (sub_account_id uuid, id uuid)
language plpgsql
stable
set search_path = ''
as $$
begin
  return query
    with recursive queues as (
      (
        select m.sub_account_id as account, coalesce(m.sender_id, m.sub_account_id) as queue, m.due_at
        from public.messages m
        where m.status = 'queued' and m.sub_account_id > p_after and m.sub_account_id <= p_to
        order by 1, 2, 3 limit 1
      )
      union all
      select n.* from queues q cross join lateral (
        select m.sub_account_id, coalesce(m.sender_id, m.sub_account_id), m.due_at
        from public.messages m
        where m.status = 'queued' and m.sub_account_id <= p_to
          and (m.sub_account_id, coalesce(m.sender_id, m.sub_account_id)) > (q.account, q.queue)
        order by 1, 2, 3 limit 1
      ) n
    )
    select q.account, q.queue from queues q where q.due_at <= now() limit p_most;
end;
$$;

-- The queues whose turn comes next: one for each sender, from the sub-account after the one of the last message on, and
-- round to it again; and one (id null) for what was abandoned in a sub-account.
create function crm_api.list_queues(p_after uuid)
returns table (sub_account_id uuid, id uuid, resting boolean)
language plpgsql
stable
set search_path = ''
as $$
declare
  v_most constant integer := 100;
  v_first constant uuid := '00000000-0000-0000-0000-000000000000';
  v_last constant uuid := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
begin
  return query
    select w.sub_account_id, w.id, crm_api.is_resting(w.id)
    from (
      select * from crm_api.walk_queues(p_after, v_last, v_most)
      union all
      select * from crm_api.walk_queues(v_first, p_after, v_most)
    ) w
    union all
    select distinct a.account, null::uuid, false
    from (
      select m.sub_account_id as account from public.messages m
      where m.status in ('composing', 'sending') and m.lease_expires_at <= now()
      order by m.lease_expires_at limit 100
    ) a;
end;
$$;

-- Whose turn it is: `places` messages of a queue. First come sub-accounts of which the fewest messages are under way
-- (p_turn's `busy`), from the one of the last message on (`after`), and of their queues so again, else any. A resting sender is passed
-- over while there is other work; `spare` places are kept for sub-accounts that have nothing under way.
create function crm_api.take_turns(p_turn jsonb, p_limit integer)
returns table (sub_account_id uuid, id uuid, places integer)
language plpgsql
set search_path = ''
as $$
declare
  v_busy uuid[] := array(
    select m.sub_account_id from jsonb_array_elements_text(p_turn -> 'busy') b join public.messages m on m.id = b::uuid
  );
  v_busy_senders uuid[] := array(
    select m.sender_id from jsonb_array_elements_text(p_turn -> 'busy') b join public.messages m on m.id = b::uuid
  );
  v_last uuid := coalesce(
    (select m.sub_account_id from public.messages m where m.id = (p_turn ->> 'after')::uuid), gen_random_uuid()
  );
begin
  return query
    with ready as (
      select q.*, q.resting and not bool_and(q.resting) over () as passed_over from crm_api.list_queues(v_last) q
    ), turns as (
      select r.sub_account_id, r.id,
        cardinality(array_positions(v_busy, r.sub_account_id))
          + row_number() over (
            partition by r.sub_account_id order by n + cardinality(array_positions(v_busy_senders, r.id)), random()
          ) as load
      from ready r cross join generate_series(1, p_limit) n
      where not r.passed_over
    ), placed as (
      select t.*, row_number() over (order by t.load, t.sub_account_id > v_last desc, t.sub_account_id) as place
      from turns t
    )
    select p.sub_account_id, p.id, count(*)::integer
    from placed p
    where p.place <= p_limit - case when p.load > 1 then coalesce((p_turn ->> 'spare')::integer, 0) else 0 end
    group by p.sub_account_id, p.id;
end;
$$;

-- The messages that are due in their turn, locked for whoever asks first; the others skip them. A call that is repeated
-- because its answer was lost gets what it has leased already, and nothing else.
create function crm_api.lock_due(p_lease_id uuid, p_limit integer, p_message_id uuid, p_turn jsonb)
returns setof public.messages
language plpgsql
set search_path = ''
as $$
declare
  v_queue record;
begin
  return query
    select * from public.messages m
    where m.lease_expires_at > now() and m.lease_id = p_lease_id and m.status in ('composing', 'sending')
    for update;
  if found then
    return;
  elsif p_message_id is not null then
    return query
      select * from public.messages m
      where m.id = p_message_id and m.status = 'queued' and m.due_at <= now()
      for update skip locked;
    return;
  end if;
  for v_queue in select * from crm_api.take_turns(p_turn, p_limit) loop
    if v_queue.id is null then
      return query
        select * from public.messages m
        where m.status in ('composing', 'sending') and m.lease_expires_at <= now()
          and m.sub_account_id = v_queue.sub_account_id
        order by m.lease_expires_at limit v_queue.places for update skip locked;
    else
      return query
        select * from public.messages m
        where m.status = 'queued' and m.due_at <= now() and m.sub_account_id = v_queue.sub_account_id
          and coalesce(m.sender_id, m.sub_account_id) = v_queue.id
        order by m.due_at limit v_queue.places for update skip locked;
    end if;
  end loop;
end;
$$;

create function crm_api.fail_message(p_message_id uuid, p_error jsonb)
returns void
language plpgsql
set search_path = ''
as $$
begin
  update public.messages
  set status = 'failed', failed_at = now(), error = p_error, due_at = null, lease_expires_at = null
  where id = p_message_id;
end;
$$;

-- What is told of a message whose key ended before it was sent. Whoever has a valid key may send it again under its own.
create function crm_api.key_ended()
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'code', 'invalid_api_key', 'retry', 'safe',
    'message', 'The API key that this message was queued with was revoked, or expired, before it was sent. '
      || 'Nothing was sent: send the same request again with a valid key.'
  );
end;
$$;

-- Ends a key now, and what it has queued with it, ten thousand in one call; what is under way is finished. Answers with how
-- many messages that were, and whether there may be more. A request that takes one of them up at this moment has locked it,
-- and locks the key last, so it is not waited for; and claim_sends begins nothing for a key that has ended.
create function public.revoke_key(p_key_id uuid)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_most constant integer := 10000;
  v_revoked_at timestamptz;
  v_canceled integer;
begin
  update public.api_keys k set revoked_at = least(k.revoked_at, now()) where k.id = p_key_id
  returning k.revoked_at into v_revoked_at;
  with queued as (
    select m.id from public.messages m
    where m.api_key_id = p_key_id and m.status = 'queued'
    limit v_most
    for update skip locked
  ), canceled as (
    update public.messages m
    set status = 'failed', failed_at = now(), error = crm_api.key_ended(), due_at = null
    from queued q where m.id = q.id
    returning m.id
  )
  select count(*) into v_canceled from canceled;
  return jsonb_build_object('revoked_at', v_revoked_at, 'canceled', v_canceled, 'more', v_canceled = v_most);
end;
$$;

-- Leases one due message and describes it as begun, or ends it as unknown, failed or superseded. What was being sent
-- when it was abandoned is sent again only where the provider takes the repeated call as one. What an agent
-- was to write for a caller who waited is not sent hours later, and nothing is begun for a key that has ended.
create function crm_api.claim_message(
  p_message public.messages,
  p_lease_id uuid,
  p_lease_seconds integer,
  p_policy jsonb,
  p_max_tries integer,
  p_history_limit integer
)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_target record;
  -- No other call has ever used this lease id.
  v_again boolean := p_message.lease_id = p_lease_id and p_message.status <> 'queued';
  v_ambiguous boolean := p_message.status = 'sending'
    and (not v_again or (p_message.tries > 1 and p_message.repeat_through is not null));
  v_repeatable text[] := array(select jsonb_array_elements_text(p_policy -> 'repeatable'));
begin
  if (p_message.content is null or p_message.status = 'queued') and crm_api.is_superseded(p_message) then
    perform crm_api.supersede(p_message.id, null);
    return jsonb_build_object('outcome', 'superseded');
  elsif not v_again and not v_ambiguous and crm_api.has_key_ended(p_message.api_key_id) then
    perform crm_api.fail_message(p_message.id, crm_api.key_ended());
    return jsonb_build_object('outcome', 'failed');
  end if;
  select * into v_target from crm_api.resolve_target(
    p_message.sub_account_id, p_message.conversation_id, null, p_message.channel,
    case when p_message.content is null then p_message.agent_id end,
    array(select jsonb_array_elements_text(p_policy -> 'providers')),
    (p_policy ->> 'reply_window_hours')::integer,
    case when p_message.answers_id is not null then p_message.address_id
      else crm_api.find_answered_outsider(p_message.sub_account_id, p_message.metadata) end,
    (select m.sender_id from public.messages m where m.id = p_message.answers_id)
  );
  if v_ambiguous and not v_again and (
    not crm_api.may_repeat(p_message)
    or p_message.tries >= p_max_tries
    or v_target.refusal is not null
    or v_target.senders #>> '{0,id}' is distinct from p_message.repeat_through::text
    or jsonb_array_length(v_target.senders) > 1
  ) then
    perform crm_api.mark_unknown(p_message.id);
    return jsonb_build_object('outcome', 'unknown');
  elsif not v_again and (
    p_message.tries >= p_max_tries
    or coalesce(p_message.retry_until, p_message.created_at + interval '1 hour') < now()
  ) then
    perform crm_api.fail_message(p_message.id, coalesce(
      p_message.error, jsonb_build_object('code', 'delivery_failed', 'retry', 'safe')
    ));
    return jsonb_build_object('outcome', 'failed');
  elsif v_target.refusal is not null then
    perform crm_api.fail_message(
      p_message.id, jsonb_build_object('code', v_target.refusal, 'retry', 'never')
    );
    return jsonb_build_object('outcome', 'failed');
  end if;

  p_message.address_id := v_target.address_id;
  if not v_again then
    p_message := crm_api.lease_message(p_message, p_lease_id, p_lease_seconds, v_target.senders, v_repeatable);
  end if;
  return crm_api.describe_begun(p_message, v_target.senders, p_history_limit) || jsonb_build_object('ambiguous', v_ambiguous);
end;
$$;

create table crm_api.job_runs (
  job text primary key,
  last_run_at timestamptz not null
);

comment on table crm_api.job_runs is 'When a scheduled job last ran, for all sub-accounts together: what says that nobody calls it.';

alter table crm_api.job_runs enable row level security;
revoke all on table crm_api.job_runs from public, anon, authenticated;
grant select, insert, update, delete on table crm_api.job_runs to service_role;

-- To ten seconds. Of several at once one writes, and nobody waits for it.
create function crm_api.note_run(p_job text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if exists (select 1 from crm_api.job_runs r where r.job = p_job and r.last_run_at > now() - interval '10 seconds')
    or not pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended('job ' || p_job, 0)) then
    return;
  end if;
  insert into crm_api.job_runs (job, last_run_at) values (p_job, now())
  on conflict (job) do update set last_run_at = excluded.last_run_at;
end;
$$;

-- A call that is repeated waits for the one whose answer did not come.
create function crm_api.lock_lease(p_lease_id uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('lease ' || p_lease_id, 0));
end;
$$;

-- Leases up to p_limit messages that are due or were abandoned, as crm_api.take_turns has it with p_turn; with p_message_id,
-- that one if it is still queued. p_policies has, for each channel, its providers, the repeatable ones and its reply window.
create function public.claim_sends(
  p_lease_id uuid,
  p_lease_seconds integer,
  p_limit integer,
  p_policies jsonb,
  p_max_tries integer,
  p_history_limit integer,
  p_message_id uuid default null,
  p_turn jsonb default '{}'
)
returns jsonb
language plpgsql
set search_path = ''
-- Shorter than the caller waits: what has given up must lease nothing after all.
set lock_timeout = '4s'
as $$
declare
  v_claimed jsonb;
begin
  perform crm_api.lock_lease(p_lease_id);
  if p_message_id is null then
    perform crm_api.note_run('sweep');
  end if;
  select coalesce(
    jsonb_agg(
      crm_api.claim_message(m, p_lease_id, p_lease_seconds, p_policies -> m.channel, p_max_tries, p_history_limit)
    ),
    '[]'
  ) into v_claimed
  -- In the order of their agents, whose tokens are locked: two sweepers never wait for each other.
  from (
    select * from crm_api.lock_due(p_lease_id, p_limit, p_message_id, p_turn) d
    order by d.agent_id
  ) m;
  if clock_timestamp() > now() + interval '4 seconds' then
    raise exception 'the caller has given up' using errcode = 'lock_not_available';
  end if;
  return v_claimed;
end;
$$;

-- Gives back what was leased by claim_sends for a caller who never heard of it: no provider was asked under this lease.
-- A message that a provider may have been asked for before stays one to be repeated. Repeated, it has the same effect.
create function public.release_claims(p_lease_id uuid)
returns void
language plpgsql
set search_path = ''
set lock_timeout = '4s'
as $$
begin
  perform crm_api.lock_lease(p_lease_id);
  update public.messages m
  set status = case when r.never_asked then 'queued' else m.status end,
    due_at = case when r.never_asked then now() end,
    tries = m.tries - 1,
    lease_expires_at = case when r.never_asked then null else now() end,
    lease_id = gen_random_uuid()
  from (
    select l.id, l.status = 'sending' and (l.tries = 1 or l.repeat_through is null) as never_asked
    from public.messages l
    where l.lease_id = p_lease_id and l.lease_expires_at is not null and l.status in ('composing', 'sending')
  ) r
  where m.id = r.id;
end;
$$;

revoke execute on all functions in schema crm_api from public;
grant execute on all functions in schema crm_api to service_role;
revoke execute on function public.claim_sends(uuid, integer, integer, jsonb, integer, integer, uuid, jsonb)
  from public, anon, authenticated;
grant execute on function public.claim_sends(uuid, integer, integer, jsonb, integer, integer, uuid, jsonb) to service_role;
revoke execute on function public.release_claims(uuid) from public, anon, authenticated;
grant execute on function public.release_claims(uuid) to service_role;
revoke execute on function public.revoke_key(uuid) from public, anon, authenticated;
grant execute on function public.revoke_key(uuid) to service_role;
