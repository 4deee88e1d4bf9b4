/** Runs a task for each item, at most so many at a time; returns the results in the items' order. */
export const inTurn = async <Item, Result>(
  items: readonly Item[],
  most: number,
  task: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> => {
  const results = new Map<Item, Result>();
  const waiting = [...items];
  const work = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      results.set(item, await task(item));
    }
  };
  await Promise.all(Array.from({ length: most }, work));
  return items.flatMap((item) => {
    const result = results.get(item);
    return result === undefined ? [] : [result];
  });
};
