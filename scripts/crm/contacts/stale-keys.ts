import { toAddressKey } from '../../../src/lib/address-key.ts';
import { channels } from '../../../src/ports/channel.ts';

export type StoredAddress = {
  readonly id: string;
  readonly sub_account_id: string;
  readonly channel: string;
  readonly address: string;
  readonly address_key: string;
};

/** The key that this version of the code makes. An unknown channel keeps its key. */
export const rightKeyOf = (stored: StoredAddress): string => {
  const channel = channels.find((known) => known === stored.channel);
  return channel === undefined ? stored.address_key : toAddressKey(channel, stored.address);
};

export const isStale = (stored: StoredAddress): boolean =>
  rightKeyOf(stored) !== stored.address_key;

const nameOf = ({ sub_account_id, channel }: StoredAddress, key: string): string =>
  JSON.stringify([sub_account_id, channel, key]);

/** Rows with the same right key: they are one address. */
export const groupByRightKey = <Row extends StoredAddress>(
  rows: readonly Row[],
): readonly (readonly Row[])[] => {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const name = nameOf(row, rightKeyOf(row));
    const group = groups.get(name);
    if (group) group.push(row);
    else groups.set(name, [row]);
  }
  return [...groups.values()];
};

/** Adds to each row with a wrong key the one of them that has its right key. They are two addresses. */
export const findWrongHolders = <Row extends StoredAddress>(
  stale: readonly Row[],
): (Row & { readonly wrong_holder_id: string | null })[] => {
  const holders = new Map(stale.map((row) => [nameOf(row, row.address_key), row.id]));
  return stale.map((row) => ({
    ...row,
    wrong_holder_id: holders.get(nameOf(row, rightKeyOf(row))) ?? null,
  }));
};
