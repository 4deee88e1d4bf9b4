import type { Begun, SettleSend } from '../ports/store.ts';
import type { Delivery } from './deliver.ts';
import { maxTries } from './limits.ts';

const firstPause = 30_000;
const growth = 3;

/** Milliseconds: 30 s, 90 s, 4.5 min … each shortened by up to half, so that what failed together does not come back together. */
const backoff = (tries: number): number =>
  firstPause * growth ** (tries - 1) * (1 - Math.random() / 2);

/** Queues an asynchronous message again where time may cure its failure, as long as there is time and a try left. */
export const planRetry = (
  { retryUntil, tries }: Pick<Begun, 'retryUntil' | 'tries'>,
  { result, retryAfterMs }: Pick<Delivery, 'result' | 'retryAfterMs'>,
  now: number,
): SettleSend['result'] => {
  if (result.status !== 'failed' || result.error.retry !== 'safe') return result;
  if (retryUntil === null || tries >= maxTries) return result;
  const retryAt = now + Math.max(backoff(tries), retryAfterMs ?? 0);
  return retryAt < Date.parse(retryUntil) ? { ...result, status: 'queued', retryAt } : result;
};
