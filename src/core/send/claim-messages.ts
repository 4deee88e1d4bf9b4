import type { Channel } from '../../ports/channel.ts';
import type { Deps } from '../../ports/deps.ts';
import type { ChannelPolicy, ClaimSends } from '../../ports/store.ts';
import { channelPolicy, historyLimit, leaseSeconds, maxTries } from '../limits.ts';
import type { Leased } from './send-request.ts';

const policies = ({ channelProviders }: Deps): Record<Channel, ChannelPolicy> => ({
  sms: channelPolicy(channelProviders, 'sms'),
  email: channelPolicy(channelProviders, 'email'),
  whatsapp: channelPolicy(channelProviders, 'whatsapp'),
  facebook: channelPolicy(channelProviders, 'facebook'),
  instagram: channelPolicy(channelProviders, 'instagram'),
});

type Claim = Pick<ClaimSends, 'limit' | 'messageId' | 'turn'>;

type ClaimedMessages = {
  readonly leased: readonly Leased[];
  readonly unknown: number;
  readonly failed: number;
  readonly superseded: number;
  readonly unreadable: number;
};

/** Takes up messages that are due, so that nobody else does. */
export const claimMessages = async (deps: Deps, wanted: Claim): Promise<ClaimedMessages> => {
  const leaseId = crypto.randomUUID();
  const leaseEndsAt = deps.io.now() + leaseSeconds * 1000;
  const claim = {
    leaseId,
    leaseSeconds,
    ...wanted,
    policies: policies(deps),
    maxTries,
    historyLimit,
  };
  const { begun, ...ended } = await deps.store.claimSends(claim).catch(async (error: unknown) => {
    // What was leased all the same, nobody would work on. Where this fails as well, the first error says why.
    await deps.store.releaseClaims(leaseId).catch(() => undefined);
    throw error;
  });
  if (ended.unreadable > 0)
    deps.io.log('error', { event: 'unreadable_claims', messages: ended.unreadable });
  const leased = begun.map((message) => ({ begun: message, leaseId, leaseEndsAt }));
  return { leased, ...ended };
};
