import type { SettleSend } from '../../ports/settlement.ts';
import type { Begun } from '../../ports/store.ts';
import { maxTries } from '../limits.ts';
import type { Delivery } from './conclude-delivery.ts';

const firstPause = 30_000;
const growth = 3;

/** Milliseconds: 30 s, 90 s, 4.5 min … each shortened by up to half, so that what failed together does not come back together. */
const backoff = (tries: number): number =>
  firstPause * growth ** (tries - 1) * (1 - Math.random() / 2);

/** Queues an asynchronous message again where time may cure its failure and a try is left. Whether there is time as well, the database says. `atOnce`: nothing was wrong with it, this host ends. */
export const planRetry = (
  { retried, tries }: Pick<Begun, 'retried' | 'tries'>,
  { result, retryAfterMs }: Pick<Delivery, 'result' | 'retryAfterMs'>,
  { atOnce }: { readonly atOnce: boolean },
): SettleSend['result'] => {
  if (result.status !== 'failed' || result.error.retry !== 'safe') return result;
  if (!retried || tries >= maxTries) return result;
  const retryInMs = Math.max(atOnce ? 0 : backoff(tries), retryAfterMs ?? 0);
  return { ...result, status: 'queued', retryInMs };
};
