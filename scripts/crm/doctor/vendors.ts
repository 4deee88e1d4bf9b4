import { createAiProviders } from '../../../src/ai/index.ts';
import { channelProviders } from '../../../src/channels/index.ts';
import { ownValue } from '../../../src/lib/own-value.ts';
import { vendorProbes } from '../vendors/index.ts';
import type { Check } from './check.ts';
import type { OpenedConnection } from './connections.ts';
import type { Examination } from './examination.ts';
import { type Finding, ok, problem, problemOf, skipped } from './finding.ts';
import { inTurn } from './in-turn.ts';

/** How many vendors are asked at a time. */
const most = 8;

/** The function itself would not use them: a model's address may not be in a private network, for one. */
const fits = ({ isLocal }: Examination, provider: string, opened: unknown): boolean => {
  const ai = createAiProviders({ allowPrivateBaseUrls: isLocal });
  const known = ownValue<{
    readonly credentials: { safeParse(value: unknown): { success: boolean } };
  }>({ ...channelProviders, ...ai }, provider);
  return known?.credentials.safeParse(opened).success ?? false;
};

const lookAt = async (
  examination: Examination,
  { id, label: subject, provider, opened }: OpenedConnection,
): Promise<Finding> => {
  if (opened === null) return skipped('credentials', { subject });
  const probe = ownValue(vendorProbes, provider);
  if (!probe) {
    const found = `this checkout knows no provider ${provider}`;
    return problem(
      found,
      `Bring it up to date with \`git pull\`, or remove the connection ${id}.`,
      {
        subject,
      },
    );
  }
  const { fetch, signal } = examination;
  const checked = await probe.check(opened.credentials, { fetch, signal: signal() });
  if (!checked.ok) return problemOf(checked.problem, { subject });
  if (!fits(examination, provider, opened.credentials)) {
    const found = 'the vendor takes its credentials, but the function does not';
    return problem(found, 'Give it a base URL that is public and begins with https.', { subject });
  }
  const account = checked.account === null ? provider : `${provider}, ${checked.account}`;
  return ok(checked.note ? `${account}. ${checked.note}` : account, { subject });
};

/** The vendor takes the credentials of each connection. */
export const vendors: Check = {
  name: 'vendors',
  needs: ['environment', 'accounts'],
  run: async (examination) =>
    inTurn(await examination.connections(), most, (each) => lookAt(examination, each)),
};
