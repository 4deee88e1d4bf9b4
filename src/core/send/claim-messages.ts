import type { Claimed, ClaimSends } from '../../ports/claim-sends.ts';
import type { Deps } from '../../ports/deps.ts';
import type { CallBudget } from '../call-budget.ts';
import { callsToSend, historyLimit, leaseSeconds, maxTries, mostCalls } from '../limits.ts';
import type { Leased } from './send-request.ts';

type Claim = Pick<ClaimSends, 'most' | 'messageId' | 'turn'>;

type ClaimedMessages = Omit<Claimed, 'begun'> & { readonly leased: readonly Leased[] };

/** How many messages may be claimed, so that calls are left to send each of them. */
export const countAffordable = (calls: CallBudget): number =>
  Math.floor((calls.left() - mostCalls.claim) / callsToSend(null));

/** Leases messages that are due, so that nobody else sends them, and holds the calls that each of them takes. */
export const claimMessages = async (
  deps: Deps,
  calls: CallBudget,
  wanted: Claim,
): Promise<ClaimedMessages> => {
  const leaseId = crypto.randomUUID();
  const leaseEndsAt = deps.io.now() + leaseSeconds * 1000;
  const claim = { leaseId, leaseSeconds, ...wanted, maxTries, historyLimit };
  const release = calls.hold(mostCalls.claim + wanted.most * callsToSend(null));
  try {
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
      releaseCalls: calls.hold(callsToSend(message.content)),
    }));
    return { leased, ...ended };
  } finally {
    release();
  }
};
