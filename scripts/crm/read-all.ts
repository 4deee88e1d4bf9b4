import { type Answer, ask } from './database.ts';

const pageSize = 500;

/** The part of supabase-js's builder that is used here. */
type Query<Row> = PromiseLike<Answer<readonly Row[] | null>> & {
  gt(column: 'id', value: string): Query<Row>;
  order(column: 'id'): Query<Row>;
  limit(count: number): Query<Row>;
};

/**
 * The rows of a query, in the order of their ids. `start` makes the query again for each page. A project returns only
 * so many rows at once, so only an empty page is the end.
 */
export const readPages = async function* <Row extends { readonly id: string }>(
  start: () => Query<Row>,
): AsyncGenerator<readonly Row[]> {
  let last: Row | undefined;
  for (;;) {
    const next = last === undefined ? start() : start().gt('id', last.id);
    const page = await ask(next.order('id').limit(pageSize));
    if (page.length === 0) return;
    yield page;
    last = page.at(-1);
  }
};

/** Every row of a query, as readPages reads them. */
export const readAll = async <Row extends { readonly id: string }>(
  start: () => Query<Row>,
): Promise<readonly Row[]> => {
  const found: Row[] = [];
  for await (const page of readPages(start)) found.push(...page);
  return found;
};

const idsAtOnce = 100;

/** The same for these accounts, a hundred at a time, because gateways refuse long addresses; null: for all. */
export const readAllOf = async <Row extends { readonly id: string }>(
  accountIds: readonly string[] | null,
  start: () => Query<Row> & {
    in(column: 'sub_account_id', values: readonly string[]): Query<Row>;
  },
): Promise<readonly Row[]> => {
  if (accountIds === null) return readAll(start);
  const found: Row[] = [];
  for (let first = 0; first < accountIds.length; first += idsAtOnce) {
    const ids = accountIds.slice(first, first + idsAtOnce);
    found.push(...(await readAll(() => start().in('sub_account_id', ids))));
  }
  return found;
};

type Dated = { readonly created_at: string };

/** Rows in the order in which they were made. */
export const oldestFirst = <Row extends Dated>(rows: readonly Row[]): readonly Row[] =>
  rows.toSorted((a, b) => Date.parse(a.created_at) - Date.parse(b.created_at));
