import type { Counts } from './processes.ts';

/** The calls of one message: a database function or table by its name, `vendor`, `model`. */
export type CallsPerMessage = Readonly<Record<string, number>>;

const databaseCall = /^\w+ \/rest\/v1\/(?:rpc\/)?(\w+)/;

const nameCall = (key: string): string => {
  const name = databaseCall.exec(key)?.[1];
  if (name !== undefined) return name;
  return key.includes('/Messages.json') ? 'vendor' : 'model';
};

type Sum = { readonly calls: number; readonly heldMs: number };

const sumByName = (counts: Counts): ReadonlyMap<string, Sum> => {
  const sums = new Map<string, Sum>();
  for (const [key, { calls, heldMs }] of Object.entries(counts)) {
    const name = nameCall(key);
    const before = sums.get(name) ?? { calls: 0, heldMs: 0 };
    sums.set(name, { calls: before.calls + calls, heldMs: before.heldMs + heldMs });
  }
  // The Node host also sweeps, which belongs to no message.
  sums.delete('claim_sends');
  return sums;
};

export const countPerMessage = (counts: Counts, messages: number): CallsPerMessage =>
  Object.fromEntries([...sumByName(counts)].map(([name, { calls }]) => [name, calls / messages]));

/**
 * Milliseconds that the calls of one message wait, one after the other. No handler can be faster. Computed from the
 * mean of each call, because messages that are unfinished when the load ends have made only some of theirs.
 */
export const heldPerMessage = (counts: Counts, calls: CallsPerMessage): number =>
  [...sumByName(counts)].reduce(
    (sum, [name, held]) => sum + (held.heldMs / held.calls) * (calls[name] ?? 0),
    0,
  );

/** Reports each call that a message makes more or less often than it should. */
export const findBrokenCounts = (
  what: string,
  counted: CallsPerMessage,
  expected: CallsPerMessage,
): string[] =>
  [...new Set([...Object.keys(counted), ...Object.keys(expected)])].flatMap((name) => {
    const [is, should] = [counted[name] ?? 0, expected[name] ?? 0];
    const problem = `${what} makes ${is} calls of ${name} for a message; it should make ${should}.`;
    return is === should ? [] : [problem];
  });
