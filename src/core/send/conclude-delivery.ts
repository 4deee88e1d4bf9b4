import type { Attempt, StoredError } from '../../ports/message.ts';
import type { SettleSend } from '../../ports/settlement.ts';
import { describeProviderError } from '../provider-error.ts';
import type { Asked } from './ask-provider.ts';

export type Delivery = {
  readonly at: number;
  readonly attempts: readonly Attempt[];
  readonly result: Exclude<SettleSend['result'], { status: 'queued' }>;
  /** How long a provider asks us to wait, in milliseconds. */
  readonly retryAfterMs: number | null;
};

/** Why no other sender was asked. `lost`: the message is settled or another worker's, and the store says which. */
export type Stop = 'opted_out' | 'cut_short' | 'lost';

const noTimeLeft: StoredError = {
  code: 'delivery_failed',
  retry: 'safe',
  message: 'There was no time left to ask a provider. Nothing was sent: send it again.',
};

const cutShort: StoredError = {
  code: 'delivery_failed',
  retry: 'safe',
  message:
    'Before a provider could be asked, the host was stopped or had no call left, or the database went away. Nothing was sent: send it again.',
};

const optedOut: StoredError = { code: 'recipient_opted_out', retry: 'never' };

const stillUnknown: StoredError = { code: 'delivery_unknown', retry: 'check' };

/**
 * The call that decides the outcome: the last one. If it is a refusal, then rather one that may go away with time,
 * because then another try is worth it.
 */
const findDecisive = (asked: readonly Asked[]): Asked | undefined => {
  const curable = asked.find(({ outcome }) => outcome.type === 'refused' && outcome.laterMayHelp);
  const last = asked.at(-1);
  return last?.outcome.type === 'refused' ? (curable ?? last) : last;
};

const concludeUnasked = (ambiguous: boolean, stop: Stop | null): Delivery['result'] => {
  const nobody = { senderId: null, provider: null } as const;
  return ambiguous
    ? { ...nobody, status: 'unknown', error: stillUnknown }
    : { ...nobody, status: 'failed', error: stop === null ? noTimeLeft : cutShort };
};

/** The reason for stopping counts more than a refusal. */
const weigh = (error: StoredError, stop: Stop | null): StoredError => {
  if (error.retry === 'check') return error;
  if (stop === 'opted_out') return optedOut;
  return stop === 'cut_short' && error.retry === 'never' ? cutShort : error;
};

const concludeAsked = ({ outcome, attempt }: Asked, stop: Stop | null): Delivery['result'] => {
  const { senderId, provider } = attempt;
  if (outcome.type === 'accepted') {
    return { status: 'sent', senderId, provider, providerMessageId: outcome.providerMessageId };
  }
  const error = weigh(describeProviderError(outcome, attempt), stop);
  return { status: outcome.type === 'unknown' ? 'unknown' : 'failed', senderId, provider, error };
};

/** The outcome of all calls together. `ambiguous`: an earlier delivery may have asked a provider already. */
export const concludeDelivery = (
  asked: readonly Asked[],
  { at, ambiguous, stop }: { at: number; ambiguous: boolean; stop: Stop | null },
): Delivery => {
  const attempts = asked.map(({ attempt }) => attempt);
  const decisive = findDecisive(asked);
  if (!decisive) {
    return { at, attempts, result: concludeUnasked(ambiguous, stop), retryAfterMs: null };
  }
  const { outcome } = decisive;
  const retryAfterMs = outcome.type === 'refused' ? outcome.retryAfterMs : null;
  return { at, attempts, result: concludeAsked(decisive, stop), retryAfterMs };
};
