import { storedError } from '../../../src/ports/message.ts';

const schema = storedError.nullable().catch(null);

/** The content of a message's column `error`; null if it is empty or not known here. */
export const parseStoredError = (error: unknown) => schema.parse(error);
