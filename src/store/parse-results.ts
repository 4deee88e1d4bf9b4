import * as z from 'zod';
import { type Claimed, claimedRow } from '../ports/claim-sends.ts';
import { type Settled, settled } from '../ports/settlement.ts';

/** Each row is read separately, so that one that cannot be read does not affect other tenants' messages. */
export const parseClaimed = (result: unknown): Claimed => {
  const parsed = z
    .array(z.unknown())
    .parse(result)
    .map((row) => claimedRow.safeParse(row));
  const rows = parsed.flatMap(({ data }) => data ?? []);
  return {
    unreadable: parsed.length - rows.length,
    begun: rows.filter((row) => row.outcome === 'begun'),
    unknown: rows.filter(({ outcome }) => outcome === 'unknown').length,
    failed: rows.filter(({ outcome }) => outcome === 'failed').length,
    superseded: rows.filter(({ outcome }) => outcome === 'superseded').length,
  };
};

const noMessage = z.object({ status: z.null() }).transform(() => null);

/** Null: there is no such message. */
export const parseSettled = (result: unknown): Settled | null =>
  z.union([settled, noMessage]).parse(result);
