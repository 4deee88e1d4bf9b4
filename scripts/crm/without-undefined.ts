type Defined<Values> = { [Key in keyof Values]?: Exclude<Values[Key], undefined> };

/** The options that were given: what was not is left out, so that it stays as it is in the database. */
export function withoutUndefined<Values extends object>(values: Values): Defined<Values>;
export function withoutUndefined(values: object): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
