import { toAddressKey } from '../../src/lib/address-key.ts';
import type { Channel } from '../../src/ports/channel.ts';

const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** The values of `channel, address, address_key` in SQL. */
export const addressValues = (channel: Channel, address: string): string =>
  [channel, address, toAddressKey(channel, address)].map(quote).join(', ');

/** As addressValues, for `update … set`. */
export const addressAssignment = (channel: Channel, address: string): string =>
  `address = ${quote(address)}, address_key = ${quote(toAddressKey(channel, address))}`;
