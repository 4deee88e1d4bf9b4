type Named = { readonly id: string; readonly name: string };

const spell = (name: string): string => name.trim().toLowerCase();

/**
 * Throws if one of `rows` has this name already: the name would then find neither. `toGoOn` gets that row's id, and
 * says what to do instead.
 */
export const refuseTakenName = (
  rows: readonly Named[],
  name: string,
  toGoOn: (id: string) => string,
): void => {
  const taken = rows.find((row) => spell(row.name) === spell(name));
  if (taken) throw new Error(`There is one called ${taken.name} already: ${toGoOn(taken.id)}`);
};
