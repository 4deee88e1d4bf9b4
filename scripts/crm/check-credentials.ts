import { ownValue } from '../../src/lib/own-value.ts';
import type { ProviderIo } from '../../src/ports/channel.ts';
import type { Session } from './context.ts';
import { localStackRemedy, standInRemedy } from './local-stack/advice.ts';
import { takesCredentials } from './providers.ts';
import { vendorProbes } from './vendors/index.ts';
import type { Checked } from './vendors/probe.ts';

const timeoutMs = 10_000;

type CheckIo = ProviderIo & {
  /** As on the local stack, a model may be on a private address. */
  readonly isLocal: boolean;
};

/** The tools of one check. Each check needs its own, because its time begins now. */
export const createCheckIo = ({ fetch, interrupted, settings }: Session): CheckIo => ({
  fetch,
  signal: AbortSignal.any([interrupted, AbortSignal.timeout(timeoutMs)]),
  isLocal: settings.isLocal,
});

const withStandIn = (checked: Checked): Checked =>
  checked.ok || checked.problem.includes(localStackRemedy)
    ? checked
    : { ok: false, problem: `${checked.problem} ${standInRemedy}` };

/** Whether the vendor accepts these credentials, and the function would use them. */
export const checkCredentials = async (
  { isLocal, ...io }: CheckIo,
  provider: string,
  credentials: unknown,
): Promise<Checked> => {
  const probe = ownValue(vendorProbes, provider);
  if (!probe) {
    const problem = `This checkout knows no provider ${provider}: bring it up to date with \`git pull\`, or remove the connection.`;
    return { ok: false, problem };
  }
  const found = await probe.check(credentials, io);
  const checked = isLocal ? withStandIn(found) : found;
  if (!checked.ok || takesCredentials(provider, isLocal, credentials)) return checked;
  const problem =
    'The vendor takes the credentials, but the function does not: give it a base URL that is public and begins with https.';
  return { ok: false, problem };
};
