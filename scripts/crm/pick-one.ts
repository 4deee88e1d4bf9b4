import { toChoices } from './to-choices.ts';

type Named = {
  readonly id: string;
  readonly name: string;
  /** The text that the list shows instead of a name that does not say enough. */
  readonly label?: string;
};

/**
 * The row with this id or name. Throws the list to choose from if there is none, or several. `what` is its kind:
 * `connection`.
 */
export const pickOne = <Row extends Named>(
  rows: readonly Row[],
  wanted: string,
  what: string,
): Row => {
  const fitting = rows.filter(({ id, name }) => id === wanted || name === wanted);
  const [row, ...others] = fitting;
  if (row && others.length === 0) return row;
  if (rows.length === 0) throw new Error(`There is no ${what} in this sub-account yet.`);
  const list = toChoices(row ? fitting : rows, `${what}s list`);
  throw new Error(
    row
      ? `Several are called so: say the id of the ${what}.${list}`
      : `There is no such ${what} in this sub-account; there are:${list}`,
  );
};
