import * as z from 'zod';

const functions = z.array(
  z.object({
    /** Such as `public.get_message`. */
    name: z.string(),
    /** The types of its arguments, which a statement needs to name it. */
    types: z.string(),
    /**
     * Everything that changes only when the function is dropped: its arguments with names and defaults, and its result
     * type.
     */
    signature: z.string(),
    definition: z.string(),
    /**
     * Such as `index messages_sent_by_idx`: it keeps values that the function has computed, or prevents dropping the
     * function.
     */
    used_by: z.array(z.string()),
  }),
);

export type SqlFunction = z.output<typeof functions>[number];

const query = `
  select n.nspname || '.' || p.proname as name, oidvectortypes(p.proargtypes) as types,
    pg_get_function_arguments(p.oid) || ' returns ' || pg_get_function_result(p.oid) as signature,
    pg_get_functiondef(p.oid) as definition,
    array(
      select distinct pg_describe_object(d.classid, d.objid, 0) from pg_depend d
      where d.refclassid = 'pg_proc'::regclass and d.refobjid = p.oid and d.deptype in ('n', 'a')
      order by 1
    ) as used_by
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where n.nspname in ('public', 'crm_api') and p.prokind in ('f', 'p')
  order by 1, 2`;

/** The functions in the database, by name. None is overloaded, because PostgREST could not tell which one is meant. */
export const describeFunctions = async (
  ask: (sql: string) => Promise<unknown>,
): Promise<ReadonlyMap<string, SqlFunction>> => {
  const found = functions.parse(await ask(query));
  const byName = new Map(found.map((one) => [one.name, one]));
  const twice = found.find((one) => byName.get(one.name) !== one);
  if (twice !== undefined) throw new Error(`There are two functions ${twice.name}: rename one.`);
  return byName;
};
