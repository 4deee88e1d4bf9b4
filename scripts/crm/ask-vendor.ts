import type { Session } from './context.ts';
import { vendorProbes } from './vendors/index.ts';
import type { Checked } from './vendors/probe.ts';

const timeoutMs = 10_000;

/** Has the vendor say whether it takes these credentials. */
export const askVendor = async (
  { fetch, interrupted }: Session,
  provider: string,
  credentials: unknown,
): Promise<Checked> => {
  const probe = vendorProbes[provider];
  if (!probe)
    return { ok: false, problem: `Nothing is known of ${provider}: update this checkout.` };
  const signal = AbortSignal.any([interrupted, AbortSignal.timeout(timeoutMs)]);
  return probe.check(credentials, { fetch, signal });
};
