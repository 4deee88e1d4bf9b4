/**
 * Does the work once for each key, and remembers the results of the last `most` keys. A failure is not remembered.
 * Keeps values, never promises: on Workers one request must not wait for another's.
 */
export const remember = <Key extends string, Value>(
  most: number,
  work: (key: Key) => Promise<Value>,
) => {
  const known = new Map<Key, Value>();
  return async (key: Key): Promise<Value> => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const value = await work(key);
    const [oldest] = known.keys();
    if (oldest !== undefined && known.size >= most) known.delete(oldest);
    known.set(key, value);
    return value;
  };
};
