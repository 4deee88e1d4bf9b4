-- Jobs: which is next, one worker at a time for each, and how a try ends.

-- Lists up to a hundred sub-accounts with jobs of these kinds to lease, and how many jobs of each are under way: being
-- worked on, or waiting to be tried again. The fewest come first. Walks from one sub-account to the next through the
-- index, however many jobs each has.
create function crm_api.list_job_owners(p_kinds text[])
returns table (id uuid, under_way bigint)
language plpgsql
stable
set search_path = ''
as $$
begin
  return query
    with recursive owners as (
      (select j.sub_account_id as id from public.jobs j order by 1 limit 1)
      union all
      select (select j.sub_account_id from public.jobs j where j.sub_account_id > o.id order by 1 limit 1)
      from owners o where o.id is not null
    )
    select o.id, t.under_way
    from owners o
    cross join lateral (
      select j.due_at from public.jobs j
      where j.sub_account_id = o.id and j.due_at <= now() and j.kind = any (p_kinds)
        and (j.lease_id is null or j.lease_expires_at <= now())
      order by j.due_at limit 1
    ) d
    cross join lateral (
      select count(*) as under_way from (
        select from public.jobs j
        where j.sub_account_id = o.id and j.tries > 0 and (j.due_at > now() or j.lease_expires_at > now())
        limit 100
      ) j
    ) t
    order by t.under_way, d.due_at limit 100;
end;
$$;

create type crm_api.job_claim as (
  lease_id uuid,
  lease_seconds integer,
  most integer,
  kinds text[],
  subject_id uuid
);

-- Lists the jobs that a claim may lease, in their turn. Sub-accounts with the fewest jobs under way come first, so that
-- a vendor who does not respond for one sub-account delays no other's jobs. Lists some more than the claim wants,
-- because others may lease them at this moment. With a subject, only the jobs about that one.
create function crm_api.order_jobs(p_claim crm_api.job_claim)
returns uuid[]
language plpgsql
stable
set search_path = ''
as $$
begin
  if p_claim.subject_id is not null then
    return array(
      select j.id from public.jobs j where j.subject_id = p_claim.subject_id and j.kind = any (p_claim.kinds)
    );
  end if;
  return array(
    select d.id
    from crm_api.list_job_owners(p_claim.kinds) o
    cross join lateral (
      select j.id, j.due_at, row_number() over (order by j.due_at, j.id) as place
      from public.jobs j
      where j.sub_account_id = o.id and j.due_at <= now() and j.kind = any (p_claim.kinds)
        and (j.lease_id is null or j.lease_expires_at <= now())
      order by j.due_at, j.id
      limit p_claim.most + 20
    ) d
    order by o.under_way + d.place, d.due_at, d.id
    limit p_claim.most + 100
  );
end;
$$;

-- Null: the job is not due, or another claim was faster.
create function crm_api.lease_job(p_job_id uuid, p_claim crm_api.job_claim)
returns public.jobs
language plpgsql
set search_path = ''
as $$
declare
  v_job public.jobs;
begin
  update public.jobs j
  set tries = j.tries + 1, lease_id = p_claim.lease_id,
    lease_expires_at = now() + make_interval(secs => p_claim.lease_seconds)
  where j.id = (
    select d.id from public.jobs d
    where d.id = p_job_id and d.due_at <= now() and (d.lease_id is null or d.lease_expires_at <= now())
    for update skip locked
  )
  returning * into v_job;
  return v_job;
end;
$$;

-- Describes a job for its worker, with the rows that its kind needs. Null: the subject is gone, or does not need the
-- job any more.
create function crm_api.describe_job(p_job public.jobs)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  v_subject jsonb := case p_job.kind
    when 'fetch_text' then crm_api.describe_text(p_job.subject_id)
    else '{}' end;
begin
  return case when v_subject is not null then jsonb_build_object(
    'id', p_job.id, 'kind', p_job.kind, 'tries', p_job.tries, 'subject', v_subject
  ) end;
end;
$$;

-- Ends a job whose work is not done, so that nobody tries it again.
create function crm_api.give_up_job(p_job public.jobs)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if p_job.kind = 'fetch_text' then
    perform crm_api.give_up_text(p_job.subject_id);
  end if;
  delete from public.jobs j where j.id = p_job.id;
end;
$$;

-- Leases jobs that are due, up to `most`; p_request is a crm_api.job_claim. A worker that dies keeps a job until its
-- lease runs out; then another claim gets it. Repeated because its answer was lost, a claim gets the jobs that it has
-- leased already.
create function public.claim_jobs(p_request jsonb)
returns jsonb
language plpgsql
set search_path = ''
set lock_timeout = '4s'
as $$
declare
  v_claim crm_api.job_claim := jsonb_populate_record(null::crm_api.job_claim, p_request);
  v_job_id uuid;
  v_job public.jobs;
  v_described jsonb;
  v_jobs jsonb := '[]';
begin
  perform crm_api.lock_lease(v_claim.lease_id);
  select coalesce(jsonb_agg(d.job) filter (where d.job is not null), '[]') into v_jobs
  from public.jobs j, lateral (select crm_api.describe_job(j) as job) d
  where j.lease_id = v_claim.lease_id and j.lease_expires_at > now();
  if v_jobs <> '[]' then
    return v_jobs;
  end if;
  foreach v_job_id in array crm_api.order_jobs(v_claim) loop
    exit when jsonb_array_length(v_jobs) >= v_claim.most;
    v_job := crm_api.lease_job(v_job_id, v_claim);
    continue when v_job.id is null;
    v_described := crm_api.describe_job(v_job);
    if v_described is null then
      perform crm_api.give_up_job(v_job);
    else
      v_jobs := v_jobs || v_described;
    end if;
  end loop;
  return v_jobs;
end;
$$;

create type crm_api.job_settlement as (job_id uuid, lease_id uuid, retry_in_ms double precision);

-- Ends a try that has failed: the job is due again in retry_in_ms, or (null) given up. p_request is a
-- crm_api.job_settlement. Nothing happens without the lease, so a repeated call, or a worker that was too slow,
-- changes nothing.
create function public.settle_job(p_request jsonb)
returns void
language plpgsql
set search_path = ''
set lock_timeout = '4s'
as $$
declare
  v_settled crm_api.job_settlement := jsonb_populate_record(null::crm_api.job_settlement, p_request);
  v_job public.jobs;
begin
  select * into v_job from public.jobs j
  where j.id = v_settled.job_id and j.lease_id = v_settled.lease_id
  for update;
  if not found then
    return;
  elsif v_settled.retry_in_ms is null then
    perform crm_api.give_up_job(v_job);
  else
    update public.jobs j
    set due_at = now() + make_interval(secs => v_settled.retry_in_ms / 1000), lease_id = null, lease_expires_at = null
    where j.id = v_job.id;
  end if;
end;
$$;
