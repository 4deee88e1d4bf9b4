import type { Claimed, ClaimSends } from '../../ports/claim-sends.ts';
import type { Deps } from '../../ports/deps.ts';
import { historyLimit, leaseSeconds, maxTries } from '../limits.ts';
import type { Leased } from './send-request.ts';

type Claim = Pick<ClaimSends, 'most' | 'messageId' | 'turn'>;

type ClaimedMessages = Omit<Claimed, 'begun'> & { readonly leased: readonly Leased[] };

/** Leases messages that are due, so that nobody else sends them. */
export const claimMessages = async (deps: Deps, wanted: Claim): Promise<ClaimedMessages> => {
  const leaseId = crypto.randomUUID();
  const leaseEndsAt = deps.io.now() + leaseSeconds * 1000;
  const claim = { leaseId, leaseSeconds, ...wanted, maxTries, historyLimit };
  const { begun, ...ended } = await deps.store.claimSends(claim).catch(async (error: unknown) => {
    // The claim may have leased messages anyway, and nobody would send them. If this fails too, the first error is the
    // one to throw.
    await deps.store.releaseClaims(leaseId).catch(() => undefined);
    throw error;
  });
  if (ended.unreadable > 0)
    deps.io.log('error', { event: 'unreadable_claims', messages: ended.unreadable });
  const leased = begun.map(({ ambiguous, ...message }) => ({
    begun: message,
    ambiguous,
    leaseId,
    leaseEndsAt,
  }));
  return { leased, ...ended };
};
