import type { Deps } from '../ports/deps.ts';

/**
 * Gives a message back when no answer says whether a step before its sending was stored: nothing was
 * sent, so that the same key may try again at once, without waiting for the lease to run out.
 */
export const letGo = async (deps: Deps, messageId: string, leaseId: string): Promise<void> => {
  const error = { code: 'database_unavailable', retry: 'safe' } as const;
  const result = { status: 'failed', senderId: null, provider: null, error } as const;
  const at = deps.io.now();
  await deps.store
    .settleSend({ messageId, leaseId, at, attempts: [], usage: null, result })
    .catch(() => undefined);
};
