import { TypeID, typeid } from 'typeid-js';

/** Makes a message id: a UUIDv7, which is what the database stores. */
export const newMessageId = (): string => typeid('msg').toUUID();

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
