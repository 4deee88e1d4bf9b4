import * as z from 'zod';

/** Reads a vendor's count of tokens. Nonsense counts as none, because a good text does not depend on it. */
export const tokenCount = z.number().int().min(0).max(1_000_000_000).catch(0);
