import type { Session } from '../context.ts';
import { ask } from '../database.ts';
import { readAllOf } from '../read-all.ts';
import { groupByRightKey, isStale, rightKeyOf } from './stale-keys.ts';

const taken = { 23505: 'Another sender has that key meanwhile: run this again.' };

/**
 * Gives senders their right keys. If two senders of an account turn out to be one address on a channel, both stay as
 * they are.
 */
export const rekeySenders = async (
  { database }: Session,
  accountId: string | null,
  dryRun: boolean,
) => {
  const senders = await readAllOf(accountId === null ? null : [accountId], () =>
    database.from('senders').select('id, sub_account_id, channel, address, address_key'),
  );
  const groups = groupByRightKey(senders);
  const shared = groups.filter((group) => group.length > 1);
  const stale = groups
    .filter((group) => group.length === 1)
    .flat()
    .filter(isStale);
  for (const sender of dryRun ? [] : stale) {
    const change = { address_key: rightKeyOf(sender) };
    const same = database.from('senders').update(change).eq('id', sender.id);
    await ask(same.eq('address', sender.address).select('id'), taken);
  }
  return {
    count: senders.length,
    rekeyed: stale.length,
    conflicts: shared.map((group) => group.map(({ id }) => id)),
  };
};
