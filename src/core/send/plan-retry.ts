import type { Begun } from '../../ports/begin-send.ts';
import type { SettleSend } from '../../ports/settlement.ts';
import { maxTries } from '../limits.ts';
import type { Delivery } from './conclude-delivery.ts';

const firstPause = 30_000;
const growth = 3;

/**
 * Milliseconds: 30 s, 90 s, 4.5 min … each shortened by up to half, so that messages that failed together do not come
 * back together.
 */
const backoff = (tries: number): number =>
  firstPause * growth ** (tries - 1) * (1 - Math.random() / 2);

type Queued = Extract<SettleSend['result'], { status: 'queued' }>;

/**
 * Queues an asynchronous message again if its failure may go away with time and a try is left. The database also checks
 * whether there is time. `atOnce`: this host ends, and nothing was wrong with the message.
 */
export const planRetry = <Result extends Delivery['result']>(
  { retried, tries }: Pick<Begun, 'retried' | 'tries'>,
  { result, retryAfterMs }: { readonly result: Result; readonly retryAfterMs: number | null },
  { atOnce }: { readonly atOnce: boolean },
): Result | Queued => {
  if (result.status !== 'failed' || result.error.retry !== 'safe') return result;
  if (!retried || tries >= maxTries) return result;
  const { senderId, provider, error } = result;
  const retryInMs = Math.max(atOnce ? 0 : backoff(tries), retryAfterMs ?? 0);
  return { status: 'queued', senderId, provider, error, retryInMs };
};
