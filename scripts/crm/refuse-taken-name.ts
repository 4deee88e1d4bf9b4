type Named = { readonly id: string; readonly name: string };

const spell = (name: string): string => name.trim().toLowerCase();

/**
 * Throws when one of `rows` is called so already: from then on its name would find neither. `toGoOn` says what to do instead,
 * given the id of that one.
 */
export const refuseTakenName = (
  rows: readonly Named[],
  name: string,
  toGoOn: (id: string) => string,
): void => {
  const taken = rows.find((row) => spell(row.name) === spell(name));
  if (taken) throw new Error(`There is one called ${taken.name} already: ${toGoOn(taken.id)}`);
};
