-- What the sweeper does.

create table crm_api.job_runs (
  job text primary key,
  last_run_at timestamptz not null
);

comment on table crm_api.job_runs is 'When a scheduled job last ran, for all sub-accounts together: what says that nobody calls it.';

alter table crm_api.job_runs enable row level security;
revoke all on table crm_api.job_runs from public, anon, authenticated;
grant select, insert, update, delete on table crm_api.job_runs to service_role;
