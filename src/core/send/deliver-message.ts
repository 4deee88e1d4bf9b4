import { ownValue } from '../../lib/own-value.ts';
import { sleep } from '../../lib/sleep.ts';
import type { Sender } from '../../ports/begin-send.ts';
import type { SendOutcome, Unknown } from '../../ports/channel.ts';
import type { Deps } from '../../ports/deps.ts';
import { withCalls } from '../call-budget.ts';
import { longestQuickWait, mostCalls, timeouts } from '../limits.ts';
import type { Trace } from '../trace.ts';
import { type Asked, askProvider, type Parcel } from './ask-provider.ts';
import { concludeDelivery, type Delivery, type Stop } from './conclude-delivery.ts';

type Ask = (sender: Sender, wait: number, doubtful: boolean) => Promise<Asked | null>;

const isRepeatable = ({ channelProviders }: Deps, { connection }: Sender): boolean =>
  typeof ownValue(channelProviders, connection.provider)?.repeatableForSeconds === 'number';

/** Milliseconds until the same provider may be asked once more; null: never. */
const quickWait = (outcome: SendOutcome, repeatable: boolean): number | null => {
  if (outcome.type === 'unknown') return repeatable ? 0 : null;
  if (outcome.type === 'accepted') return null;
  const { reason, retryAfterMs } = outcome;
  const passing = reason === 'rate_limited' || reason === 'provider_unavailable';
  return passing && retryAfterMs !== null && retryAfterMs <= longestQuickWait ? retryAfterMs : null;
};

/** An earlier call may have gone through. So a refusal says nothing about the message, and only an acceptance does. */
const doubt = (outcome: SendOutcome): SendOutcome => {
  if (outcome.type !== 'refused') return outcome;
  const { code, message } = outcome;
  return { type: 'unknown', code, message } satisfies Unknown;
};

/** Before each call after the first it asks the store again: the contact may have said STOP during the call before. */
const findStop = async (
  deps: Deps,
  { begun, leaseId, ending }: Parcel,
  isFirst: boolean,
  trace: Trace,
): Promise<Stop | null> => {
  if (ending?.aborted) return 'cut_short';
  if (isFirst) return null;
  const { messageId } = begun;
  try {
    const seen = await trace.time('db', () => deps.store.lookAgain({ messageId, leaseId }));
    return seen === 'unchanged' ? null : seen;
  } catch {
    return 'cut_short';
  }
};

/**
 * Asks one sender after the other until one accepts the message, or no other can help. Asks each once, and once more if
 * it asks for a short wait or takes a repeated call as the same one. Asks no other sender after an unknown outcome.
 * Starts no call that could outlast the lease, or take a call that other work must make.
 */
export const deliver = async (deps: Deps, parcel: Parcel, trace: Trace): Promise<Delivery> => {
  const { begun, calls, leaseEndsAt } = parcel;
  const asked: Asked[] = [];
  let stop: Stop | null = null;

  const hasTime = (wait: number) => deps.io.now() + wait + timeouts.provider <= leaseEndsAt;
  const askOnce: Ask = async (sender, wait, doubtful) => {
    if (!hasTime(wait)) return null;
    if (wait > 0) await sleep(wait);
    stop = await findStop(deps, parcel, asked.length === 0, trace);
    if (stop !== null || !hasTime(0)) return null;
    const number = begun.attempts + asked.length + 1;
    const { outcome, attempt } = await trace.time('provider', () =>
      askProvider(deps, parcel, sender, number),
    );
    const answer = { outcome: doubtful ? doubt(outcome) : outcome, attempt };
    asked.push(answer);
    return answer;
  };

  const ask: Ask = async (...call) => {
    // The calls that the first one takes are held since the message was leased.
    if (asked.length === 0) return askOnce(...call);
    if (calls.left() < mostCalls.askAgain) stop = 'cut_short';
    return withCalls(calls, mostCalls.askAgain, () => askOnce(...call));
  };

  for (const sender of begun.senders) {
    let answer = await ask(sender, 0, parcel.ambiguous);
    const wait = answer && quickWait(answer.outcome, isRepeatable(deps, sender));
    if (answer && wait !== null) {
      answer = (await ask(sender, wait, answer.outcome.type === 'unknown')) ?? answer;
    }
    if (stop !== null || answer?.outcome.type !== 'refused' || !answer.outcome.otherSenderMayHelp) {
      break;
    }
  }
  return concludeDelivery(asked, { at: deps.io.now(), ambiguous: parcel.ambiguous, stop });
};
