import { TypeID } from 'typeid-js';

/** Ids of one millisecond that can be told apart by their count: its 12 bits. */
const mostAtOnce = 0x1000;

/** Milliseconds since 1970 of the last id, and how many that millisecond had before it. */
let time = 0;
let count = 0;

/**
 * Makes a message id: a UUIDv7 (RFC 9562, 5.7), which is what the database stores. The ids of one process sort as they
 * were made, because messages that come at one time are ordered by them.
 */
export const newMessageId = (): string => {
  // biome-ignore lint/plugin: nothing is decided by the time in an id, so no caller has to pass a clock.
  const now = Date.now();
  count = now > time ? 0 : count + 1;
  time = Math.max(time, now);
  if (count === mostAtOnce) {
    time += 1;
    count = 0;
  }
  const stamp = time.toString(16).padStart(12, '0');
  const place = count.toString(16).padStart(3, '0');
  return `${stamp.slice(0, 8)}-${stamp.slice(8)}-7${place}${crypto.randomUUID().slice(18)}`;
};

/** The id on the wire: `msg_` and 26 characters. */
export const toWireId = (uuid: string): string => TypeID.fromUUID('msg', uuid).toString();

/** The UUID of a `msg_…` id, or null if it is not one. */
export const parseWireId = (id: string): string | null => {
  try {
    return TypeID.fromString(id, 'msg').toUUID();
  } catch {
    return null;
  }
};
