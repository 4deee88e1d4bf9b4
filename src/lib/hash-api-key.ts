import { remember } from './remember.ts';
import { sha256Hex } from './sha256.ts';

/** The SHA-256 under which the database knows an API key. Remembered, because callers use few keys for many requests. */
export const hashApiKey = remember(500, sha256Hex);
