import { ownValue } from '../lib/own-value.ts';
import { sleep } from '../lib/sleep.ts';
import type { SendOutcome, Unknown } from '../ports/channel.ts';
import type { Deps } from '../ports/deps.ts';
import type { Attempt, StoredError } from '../ports/message.ts';
import type { Sender, SettleSend } from '../ports/store.ts';
import { type Asked, askProvider, type Parcel } from './ask-provider.ts';
import { longestQuickWait, timeouts } from './limits.ts';
import { describeProviderError } from './provider-error.ts';
import type { Trace } from './trace.ts';

export type Delivery = {
  readonly at: number;
  readonly attempts: readonly Attempt[];
  readonly result: Exclude<SettleSend['result'], { status: 'queued' }>;
  /** How long a provider asks us to wait, in milliseconds. */
  readonly retryAfterMs: number | null;
};

const noTimeLeft: StoredError = {
  code: 'delivery_failed',
  retry: 'safe',
  message: 'There was no time left to ask a provider. Nothing was sent: send it again.',
};

/** Milliseconds until the same provider may be asked once more; null: it may not. */
const quickWait = (outcome: SendOutcome, repeatable: boolean): number | null => {
  if (outcome.type === 'unknown') return repeatable ? 0 : null;
  if (outcome.type === 'accepted') return null;
  const { reason, retryAfterMs } = outcome;
  const passing = reason === 'rate_limited' || reason === 'provider_unavailable';
  return passing && retryAfterMs !== null && retryAfterMs <= longestQuickWait ? retryAfterMs : null;
};

/** After a call that may have gone through, only an acceptance says more than that. */
const doubt = (outcome: SendOutcome): SendOutcome => {
  if (outcome.type !== 'refused') return outcome;
  const { code, message } = outcome;
  return { type: 'unknown', code, message } satisfies Unknown;
};

/** The refusal that decides: one that time may cure, for then it is worth trying again; else the last. */
const findDecisive = (asked: readonly Asked[]): Asked | undefined => {
  const curable = asked.find(({ outcome }) => outcome.type === 'refused' && outcome.laterMayHelp);
  const last = asked.at(-1);
  return last?.outcome.type === 'refused' ? (curable ?? last) : last;
};

const stillUnknown: StoredError = { code: 'delivery_unknown', retry: 'check' };

/** `ambiguous`: a provider may have been asked for it before, and not by this delivery. */
const conclude = (asked: readonly Asked[], at: number, ambiguous: boolean): Delivery => {
  const attempts = asked.map(({ attempt }) => attempt);
  const decisive = findDecisive(asked);
  if (!decisive) {
    const nobody = { senderId: null, provider: null } as const;
    const result = ambiguous
      ? ({ ...nobody, status: 'unknown', error: stillUnknown } as const)
      : ({ ...nobody, status: 'failed', error: noTimeLeft } as const);
    return { at, attempts, result, retryAfterMs: null };
  }
  const { outcome, attempt } = decisive;
  const { senderId, provider } = attempt;
  if (outcome.type === 'accepted') {
    const { providerMessageId } = outcome;
    const result = { status: 'sent', senderId, provider, providerMessageId } as const;
    return { at, attempts, result, retryAfterMs: null };
  }
  const status = outcome.type === 'unknown' ? 'unknown' : 'failed';
  const error = describeProviderError(outcome, attempt);
  const retryAfterMs = outcome.type === 'refused' ? outcome.retryAfterMs : null;
  return { at, attempts, result: { status, senderId, provider, error }, retryAfterMs };
};

/**
 * Asks one sender after the other until one accepts the message, or no other can help; each once, and
 * once more where it asks for a short wait or takes a repeated call as one. After an unknown outcome no
 * other sender is asked. No call begins that the lease could run out under.
 */
export const deliver = async (deps: Deps, parcel: Parcel, trace: Trace): Promise<Delivery> => {
  const { begun, leaseEndsAt } = parcel;
  const asked: Asked[] = [];

  const ask = async (sender: Sender, wait: number, doubtful: boolean): Promise<Asked | null> => {
    if (deps.io.now() + wait + timeouts.provider > leaseEndsAt) return null;
    if (wait > 0) await sleep(wait);
    const number = begun.attempts + asked.length + 1;
    const { outcome, attempt } = await trace.time('provider', () =>
      askProvider(deps, parcel, sender, number),
    );
    const answer = { outcome: doubtful ? doubt(outcome) : outcome, attempt };
    asked.push(answer);
    return answer;
  };

  for (const sender of begun.senders) {
    const provider = ownValue(deps.channelProviders, sender.connection.provider);
    let answer = await ask(sender, 0, begun.ambiguous);
    const wait = answer && quickWait(answer.outcome, provider?.repeatable ?? false);
    if (answer && wait !== null) {
      answer = (await ask(sender, wait, answer.outcome.type === 'unknown')) ?? answer;
    }
    if (answer?.outcome.type !== 'refused' || !answer.outcome.otherSenderMayHelp) break;
  }
  return conclude(asked, deps.io.now(), begun.ambiguous);
};
