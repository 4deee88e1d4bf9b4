import { setTimeout as sleep } from 'node:timers/promises';
import type { Journal, SentMessage } from './journal.ts';
import { type AnswerStatus, postCall, type SignedRequest } from './webhook.ts';

/** A receipt on its way. */
export type Outgoing = {
  readonly message: SentMessage;
  /** The vendor's word for the event. */
  readonly event: string;
  readonly call: SignedRequest;
};

export type Outbox = {
  /** Posts the same call that many times at once, and keeps the responses. */
  post(outgoing: Outgoing, times: number): Promise<readonly AnswerStatus[]>;
  /** Posts one after the other, each after a wait; ends when there is nothing to post. */
  postInTurn(afterMs: number, outgoing: readonly (() => Outgoing | null)[]): Promise<void>;
  /** Drops everything that is under way. */
  cancel(): void;
};

/** False when it was cancelled meanwhile. */
const waited = (ms: number, cancelled: AbortSignal): Promise<boolean> =>
  sleep(ms, true, { signal: cancelled }).catch(() => false);

export const createOutbox = (journal: Journal): Outbox => {
  let underWay = new AbortController();
  const post: Outbox['post'] = async ({ message, event, call }, times) => {
    const { signal } = underWay;
    const { providerMessageId } = message;
    const statuses = await postCall(call, times, signal);
    if (signal.aborted) return statuses;
    for (const status of statuses) {
      journal.receipts.push({ url: call.url, status, providerMessageId, event });
    }
    return statuses;
  };
  return {
    post,
    postInTurn: async (afterMs, outgoing) => {
      const { signal } = underWay;
      for (const next of outgoing) {
        if (!(await waited(afterMs, signal))) return;
        const receipt = next();
        if (!receipt) return;
        await post(receipt, 1);
      }
    },
    cancel: () => {
      underWay.abort();
      underWay = new AbortController();
    },
  };
};
