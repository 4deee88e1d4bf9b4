import type { SqlFunction } from './describe-functions.ts';

/** The change of one function, and the statements for it. */
export type FunctionChange = {
  readonly name: string;
  readonly words: 'is new' | 'has another text' | 'has another signature' | 'is gone';
  readonly sql: string;
  /**
   * Things that a migration cannot handle: an index that keeps the function's values, a trigger that prevents dropping
   * it.
   */
  readonly byHand: readonly string[];
};

type Functions = ReadonlyMap<string, SqlFunction>;

const signatureOf = ({ name, types }: SqlFunction): string => `${name}(${types})`;
const drop = (old: SqlFunction): string => `drop function ${signatureOf(old)};`;

// The same grants as the loop in 90_grants.sql makes. A new function may be called by everybody, by Postgres' or
// Supabase's default.
const grants = (now: SqlFunction): string =>
  `revoke execute on function ${signatureOf(now)} from public, anon, authenticated;
grant execute on function ${signatureOf(now)} to service_role;`;

const inTheWay = (old: SqlFunction): readonly string[] =>
  old.used_by.map(
    (user) => `${user} uses ${old.name}, which is dropped: drop it before, and make it again after`,
  );

const outOfDate = (old: SqlFunction): readonly string[] =>
  old.used_by
    .filter((user) => !/^(trigger|function) /.test(user))
    .map((user) => `${user} keeps what ${old.name} answered before: have it computed again`);

const planOne = (
  name: string,
  text: string,
  old: SqlFunction | undefined,
  now: SqlFunction,
): readonly FunctionChange[] => {
  if (old === undefined) {
    return [{ name, words: 'is new', sql: `${text}\n${grants(now)}`, byHand: [] }];
  }
  if (old.types !== now.types || old.signature !== now.signature) {
    const sql = `${drop(old)}\n\n${text}\n${grants(now)}`;
    return [{ name, words: 'has another signature', sql, byHand: inTheWay(old) }];
  }
  if (old.definition === now.definition) return [];
  const sql = text.replace(/^create function/m, 'create or replace function');
  return [{ name, words: 'has another text', sql, byHand: outOfDate(old) }];
};

/** The changes that lead from the migrations' functions to the schemas' functions, in the order of the schema files. */
export const planFunctions = (
  made: Functions,
  wanted: Functions,
  texts: ReadonlyMap<string, string>,
): readonly FunctionChange[] => {
  const unread = [...wanted.keys()].find((name) => !texts.has(name));
  if (unread !== undefined) {
    throw new Error(
      `The text of ${unread} is not found: it begins with a line \`create function\` and ends with \`;\`, after \`$$\` or an expression.`,
    );
  }
  const changes = [...texts].flatMap(([name, text]) => {
    const now = wanted.get(name);
    return now === undefined ? [] : planOne(name, text, made.get(name), now);
  });
  // Last, when nothing calls them any more.
  const gone = [...made.values()]
    .filter(({ name }) => !wanted.has(name))
    .map((old): FunctionChange => {
      return { name: old.name, words: 'is gone', sql: drop(old), byHand: inTheWay(old) };
    });
  return [...changes, ...gone];
};
