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

/** Rows with the same right key: they are one address. */
export const groupByRightKey = <Row extends StoredAddress>(
  rows: readonly Row[],
): readonly (readonly Row[])[] => {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const name = JSON.stringify([row.sub_account_id, row.channel, rightKeyOf(row)]);
    const group = groups.get(name);
    if (group) group.push(row);
    else groups.set(name, [row]);
  }
  return [...groups.values()];
};
