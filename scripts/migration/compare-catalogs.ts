import type { CatalogEntry } from './describe-catalog.ts';

export type Difference = {
  /** The name in the catalog, such as `column public.messages.status`. */
  readonly name: string;
  readonly words: string;
};

const short = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 160 ? `${line.slice(0, 159)}…` : line;
};

/** The first line that differs between two definitions, to show one changed line of a long function. */
const firstDifference = (left: string, right: string): readonly [string, string] => {
  const ours = left.split('\n');
  const theirs = right.split('\n');
  const at = ours.findIndex((line, index) => line !== theirs[index]);
  const place = at < 0 ? ours.length : at;
  return [short(ours[place] ?? '(its end)'), short(theirs[place] ?? '(its end)')];
};

const toMap = (entries: readonly CatalogEntry[]) =>
  new Map(entries.map(({ name, definition }) => [name, definition]));

/** If one side lacks a table, that is one difference; its columns and constraints would only repeat it. */
const repeats = (name: string, lacking: ReadonlySet<string>): boolean => {
  const [, table] = /^(?:column|constraint|trigger|policy) (.*)\.[^.]+$/.exec(name) ?? [];
  const [, commented] = /^comment on (?:column )?(\w+\.\w+)/.exec(name) ?? [];
  const [, called] = /^callers of (.*)$/.exec(name) ?? [];
  return [`table ${table}`, `type ${table}`, `table ${commented}`, `function ${called}`].some(
    (owner) => owner !== name && lacking.has(owner),
  );
};

/** The differences, in words, between a database that the migrations made and one that `supabase/schemas` made. */
export const compareCatalogs = (
  migrations: readonly CatalogEntry[],
  schemas: readonly CatalogEntry[],
): readonly Difference[] => {
  const made = toMap(migrations);
  const wanted = toMap(schemas);
  const names = [...new Set([...made.keys(), ...wanted.keys()])].sort();
  const lacking = new Set(names.filter((name) => !(made.has(name) && wanted.has(name))));
  return names.flatMap((name) => {
    const left = made.get(name);
    const right = wanted.get(name);
    if (left === right || repeats(name, lacking)) return [];
    if (left === undefined) {
      return [{ name, words: `${name} is in supabase/schemas alone: ${short(right ?? '')}` }];
    }
    if (right === undefined) {
      return [{ name, words: `${name} is in supabase/migrations alone: ${short(left)}` }];
    }
    const [ours, theirs] = firstDifference(left, right);
    const words = `${name} differs: \`${ours}\` in supabase/migrations, \`${theirs}\` in supabase/schemas`;
    return [{ name, words }];
  });
};
