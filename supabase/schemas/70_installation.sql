-- For `npm run crm -- doctor`: whether this database is as the migrations made it.

-- Lists who may call each function that the API serves.
create function crm_api.describe_functions()
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'name', p.proname,
      'callers', array(
        select r.rolname from pg_catalog.pg_roles r
        where r.rolname in ('anon', 'authenticated', 'service_role')
          and pg_catalog.has_function_privilege(r.oid, p.oid, 'execute')
        order by r.rolname
      )
    ) order by p.proname), '[]')
    from pg_catalog.pg_proc p
    where p.pronamespace = 'public'::regnamespace
  );
end;
$$;

-- Says of each table that the API serves who may do anything with it, what the function may not do, and whether row
-- level security is on.
create function crm_api.describe_tables()
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'name', c.relname,
      'row_security', c.relrowsecurity,
      'users', array(
        select r.rolname from pg_catalog.pg_roles r
        where r.rolname in ('anon', 'authenticated', 'service_role')
          and pg_catalog.has_table_privilege(r.oid, c.oid, 'select, insert, update, delete, truncate')
        order by r.rolname
      ),
      'service_role_lacks', array(
        select needed.privilege
        from unnest(array['select', 'insert', 'update', 'delete']) with ordinality as needed (privilege, place)
        where not pg_catalog.has_table_privilege('service_role', c.oid, needed.privilege)
        order by needed.place
      )
    ) order by c.relname), '[]')
    from pg_catalog.pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
  );
end;
$$;

-- The Supabase CLI's list of migrations belongs to the owner, so this reads it as the owner. Null migrations: there
-- is no such list.
create function public.describe_installation()
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_migrations jsonb;
begin
  if pg_catalog.to_regclass('supabase_migrations.schema_migrations') is not null then
    select coalesce(jsonb_agg(m.version order by m.version), '[]') into v_migrations
    from supabase_migrations.schema_migrations m;
  end if;
  return jsonb_build_object(
    'now', now(),
    'migrations', v_migrations,
    'functions', crm_api.describe_functions(),
    'tables', crm_api.describe_tables(),
    'last_sweep_at', (select r.last_run_at from crm_api.job_runs r where r.job = 'sweep')
  );
end;
$$;
