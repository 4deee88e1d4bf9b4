-- The sweeper's jobs besides sending, and when it last ran.

create table public.jobs (
  id uuid primary key default gen_random_uuid(),
  sub_account_id uuid not null references public.sub_accounts (id) on delete cascade,
  kind text not null check (length(kind) between 1 and 50),
  subject_id uuid not null,
  due_at timestamptz not null default now(),
  tries integer not null default 0,
  lease_id uuid,
  lease_expires_at timestamptz,
  created_at timestamptz not null default now(),
  unique (kind, subject_id),
  check ((lease_id is null) = (lease_expires_at is null))
);

comment on table public.jobs is
  'Work to be done besides sending: src/core/jobs says how. A row is deleted when its work is done or given up.';
comment on column public.jobs.kind is 'A word of the registry src/core/jobs/job-kinds.ts.';
comment on column public.jobs.subject_id is 'The row that it is about: of fetch_text, the message.';
comment on column public.jobs.due_at is 'The job is not tried before this time.';
comment on column public.jobs.tries is 'How often a worker has claimed it.';
comment on column public.jobs.lease_id is 'The claim that holds it until lease_expires_at; null: none does.';

-- Each sub-account's jobs, the oldest first.
create index jobs_due_idx on public.jobs (sub_account_id, due_at);
-- How many of a sub-account's jobs are being worked on, or have failed before.
create index jobs_tried_idx on public.jobs (sub_account_id) where tries > 0;
create index jobs_lease_idx on public.jobs (lease_id) where lease_id is not null;

alter table public.jobs enable row level security;
revoke all on table public.jobs from public, anon, authenticated;
grant select, insert, update, delete on table public.jobs to service_role;

create table crm_api.job_runs (
  job text primary key,
  last_run_at timestamptz not null
);

comment on table crm_api.job_runs is
  'When a scheduled job last ran, for all sub-accounts together: an old time shows that nobody calls it.';

alter table crm_api.job_runs enable row level security;
revoke all on table crm_api.job_runs from public, anon, authenticated;
grant select, insert, update, delete on table crm_api.job_runs to service_role;
