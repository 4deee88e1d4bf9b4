type Defined<Values> = { [Key in keyof Values]?: Exclude<Values[Key], undefined> };

/** Only the options that were given; the others stay as they are in the database. */
export function withoutUndefined<Values extends object>(values: Values): Defined<Values>;
export function withoutUndefined(values: object): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
