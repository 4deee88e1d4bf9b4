import type { Stack } from '../stack.ts';
import { type Delivery, post } from './deliver.ts';

export type Replay = {
  readonly idempotencyKey: string;
  readonly status: number;
  /** Requests to vendors and models that it caused. */
  readonly vendorRequests: number;
  readonly problems: readonly string[];
};

/** Sends the same request with the same key again, which must reach no vendor and no model. */
export const replay = async (stack: Stack, { request, answer }: Delivery): Promise<Replay> => {
  const count = () => stack.vendors.requests().length + stack.model.calls().length;
  const before = count();
  const response = await post(stack, request);
  const again = await response.text();
  const vendorRequests = count() - before;
  const problems = [
    ...(response.status === 200 ? [] : [`HTTP ${response.status}: ${again}`]),
    ...(vendorRequests === 0 ? [] : [`${vendorRequests} requests reached a vendor or model`]),
    ...(response.headers.get('idempotent-replayed') === 'true' ? [] : ['not marked as a replay']),
    ...(again === JSON.stringify(answer) ? [] : [`the answer differs: ${again}`]),
  ];
  const { idempotencyKey } = request;
  return { idempotencyKey, status: response.status, vendorRequests, problems };
};
