-- Which messages are sent next, of all that are queued or were abandoned.

-- Walks from queue to queue through the index, however long each is. Returns queues with a due message, of the
-- sub-accounts after one id up to another, in order, up to a limit.
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

-- Lists the next queues: one for each sender, starting with the sub-account after the last message's and going round;
-- and one (id null) for the abandoned messages of a sub-account.
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

-- Chooses up to `places` messages of each queue. Sub-accounts with the fewest messages under way (p_turn's `busy`) come
-- first, starting after the last message's (`after`); then their queues by the same rule. A resting sender is passed
-- over while there is other work. `spare` places are kept for sub-accounts with nothing under way.
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

-- Locks the messages whose turn it is; other callers skip locked ones. A repeated call gets the messages that it leased
-- before, and no others.
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
