import * as z from 'zod';

/** One object that SQL made, with everything that distinguishes it from another of the same name. */
export type CatalogEntry = {
  /** Such as `column public.messages.status`. */
  readonly name: string;
  readonly definition: string;
};

const entries = z.array(z.object({ name: z.string(), definition: z.string() }));

// Leaves out extensions and the Supabase CLI's list of migrations, which are not ours. `public` and `crm_api` are.
const catalog = `
  with ours as (
    select n.oid, n.nspname from pg_namespace n where n.nspname in ('public', 'crm_api')
  ), relations as (
    select c.oid, c.relkind, c.relname, n.nspname || '.' || c.relname as name, c.relacl, c.relrowsecurity,
      c.relforcerowsecurity, c.reloptions
    from pg_class c join ours n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'c')
  ), functions as (
    select p.oid, p.proacl, n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' as name
    from pg_proc p join ours n on n.oid = p.pronamespace
  )
  select 'schema ' || n.nspname as name, coalesce(s.nspacl::text, '') as definition
  from pg_namespace s join ours n on n.oid = s.oid
  union all
  select case r.relkind when 'c' then 'type ' else 'table ' end || r.name,
    concat_ws(', ',
      case r.relkind when 'c' then 'composite' when 'v' then 'view' when 'm' then 'materialized view' else 'plain' end,
      case when r.relkind in ('v', 'm') then pg_get_viewdef(r.oid) end,
      case when r.relrowsecurity then 'row level security' end,
      case when r.relforcerowsecurity then 'forced on its owner' end,
      'with ' || r.reloptions::text, 'granted ' || r.relacl::text)
  from relations r
  union all
  select 'column ' || r.name || '.' || a.attname,
    concat_ws(' ', format_type(a.atttypid, a.atttypmod), case when a.attnotnull then 'not null' end,
      case a.attidentity when 'a' then 'always an identity' when 'd' then 'an identity by default' end,
      case when a.attgenerated = 's' then 'generated as' when d.oid is not null then 'default' end,
      pg_get_expr(d.adbin, d.adrelid))
  from relations r
  join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  union all
  select 'type ' || n.nspname || '.' || t.typname, case t.typtype
      when 'e' then 'enum of ' || (
        select string_agg(e.enumlabel, ', ' order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid
      )
      else concat_ws(' ', 'domain over', format_type(t.typbasetype, t.typtypmod),
        case when t.typnotnull then 'not null' end, 'default ' || t.typdefault)
    end
  from pg_type t join ours n on n.oid = t.typnamespace
  where t.typtype in ('d', 'e')
  union all
  select 'constraint ' || n.nspname || '.' || t.typname || '.' || c.conname, pg_get_constraintdef(c.oid)
  from pg_type t join ours n on n.oid = t.typnamespace join pg_constraint c on c.contypid = t.oid
  union all
  select 'constraint ' || r.name || '.' || c.conname, pg_get_constraintdef(c.oid)
  from relations r join pg_constraint c on c.conrelid = r.oid
  union all
  select 'index ' || n.nspname || '.' || i.relname, pg_get_indexdef(i.oid)
  from pg_class i join ours n on n.oid = i.relnamespace
  where i.relkind = 'i'
  union all
  select 'trigger ' || r.name || '.' || t.tgname, pg_get_triggerdef(t.oid)
  from relations r join pg_trigger t on t.tgrelid = r.oid and not t.tgisinternal
  union all
  select 'policy ' || r.name || '.' || p.polname, concat_ws(' ', p.polcmd, pg_get_expr(p.polqual, p.polrelid))
  from relations r join pg_policy p on p.polrelid = r.oid
  union all
  select 'function ' || f.name, pg_get_functiondef(f.oid) from functions f
  union all
  select 'callers of ' || f.name, coalesce(f.proacl::text, 'everybody') from functions f
  union all
  select 'comment on ' || coalesce('column ' || r.name || '.' || a.attname, r.name, n.nspname, f.name), d.description
  from pg_description d
  left join relations r on d.classoid = 'pg_class'::regclass and r.oid = d.objoid
  left join pg_attribute a on a.attrelid = r.oid and a.attnum = d.objsubid and d.objsubid > 0
  left join ours n on d.classoid = 'pg_namespace'::regclass and n.oid = d.objoid
  left join functions f on d.classoid = 'pg_proc'::regclass and f.oid = d.objoid
  where coalesce(r.oid, n.oid, f.oid) is not null and n.nspname is distinct from 'public'
  order by 1`;

/** Everything that the project's SQL has made in the database, by name. */
export const describeCatalog = async (
  query: (sql: string) => Promise<unknown>,
): Promise<readonly CatalogEntry[]> => entries.parse(await query(catalog));
