import * as z from 'zod';

/** A vendor's count of tokens; nonsense counts as none, since a good text does not depend on it. */
export const tokenCount = z.number().int().min(0).max(1_000_000_000).catch(0);
