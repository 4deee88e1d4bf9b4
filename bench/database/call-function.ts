import type { Sql } from 'postgres';
import { z } from 'zod';

export type Arguments = Readonly<Record<string, unknown>>;
/** Calls a function in `public` as the service role, in one round trip, and returns its result. */
export type CallFunction = (name: string, values: Arguments) => Promise<unknown>;

const parameterSchema = z.array(z.object({ name: z.string(), type: z.string() }));
const answerSchema = z.tuple([z.object({ answer: z.unknown() })]);

const listParameters = async (sql: Sql, name: string) =>
  parameterSchema.parse(
    await sql.unsafe(
      `select a.name, format_type(a.type, null) as type
       from pg_proc p, unnest(p.proargnames, p.proargtypes::oid[]) as a (name, type)
       where p.oid = ('public.' || $1)::regproc`,
      [name],
    ),
  );

/** The statement that PostgREST makes of an rpc: the given arguments, read from one JSON object. */
const writeStatement = async (sql: Sql, name: string, values: Arguments) => {
  const given = (await listParameters(sql, name)).filter((parameter) => parameter.name in values);
  const passed = given.map((parameter) => `${parameter.name} => a.${parameter.name}`);
  const columns = given.map((parameter) => `${parameter.name} ${parameter.type}`);
  return `select public.${name}(${passed.join(', ')}) as answer
    from json_to_record($1::text::json) as a (${columns.join(', ')})`;
};

/** Statements by function and by the arguments that they have. */
const createStatements = (sql: Sql) => {
  const statements = new Map<string, string>();
  return async (name: string, values: Arguments): Promise<string> => {
    const key = [name, ...Object.keys(values)].join();
    const statement = statements.get(key) ?? (await writeStatement(sql, name, values));
    statements.set(key, statement);
    return statement;
  };
};

export const createCall = (sql: Sql): CallFunction => {
  const statementFor = createStatements(sql);
  return async (name, values) => {
    const statement = await statementFor(name, values);
    const rows = await sql.unsafe(statement, [JSON.stringify(values)], { prepare: true });
    const [{ answer }] = answerSchema.parse([...rows]);
    return answer;
  };
};

const plan = z.object({ 'Shared Hit Blocks': z.number(), 'Shared Read Blocks': z.number() });
const explainedSchema = z.tuple([
  z.object({
    'QUERY PLAN': z.tuple([z.object({ Plan: plan, 'Execution Time': z.number() })]),
  }),
]);

export type Explained = { readonly buffers: number; readonly milliseconds: number };

/** Makes a statement, and tells its cost in Postgres: buffers of all statements in its functions, hit or read. */
export const explainStatement = async (
  sql: Sql,
  statement: string,
  values: readonly (string | null)[],
): Promise<Explained> => {
  const explain = `explain (analyze, buffers, format json) ${statement}`;
  const [
    {
      'QUERY PLAN': [explained],
    },
  ] = explainedSchema.parse([...(await sql.unsafe(explain, [...values]))]);
  const buffers = explained.Plan['Shared Hit Blocks'] + explained.Plan['Shared Read Blocks'];
  return { buffers, milliseconds: explained['Execution Time'] };
};

/** Makes the call, and tells its cost. */
export const createExplain = (sql: Sql) => {
  const statementFor = createStatements(sql);
  return async (name: string, values: Arguments): Promise<Explained> =>
    explainStatement(sql, await statementFor(name, values), [JSON.stringify(values)]);
};
