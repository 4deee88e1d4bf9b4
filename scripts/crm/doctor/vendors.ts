import { checkCredentials } from '../check-credentials.ts';
import { inTurn } from '../in-turn.ts';
import type { Check } from './check.ts';
import type { OpenedConnection } from './connections.ts';
import type { Examination } from './examination.ts';
import { type Finding, ok, problemOf, skipped } from './finding.ts';

/** How many vendors are asked at a time. */
const most = 8;

const lookAt = async (
  { fetch, signal, isLocal }: Examination,
  { label: subject, provider, opened }: OpenedConnection,
): Promise<Finding> => {
  if (opened === null) return skipped('credentials', { subject });
  const io = { fetch, signal: signal(), isLocal };
  const checked = await checkCredentials(io, provider, opened.credentials);
  if (!checked.ok) return problemOf(checked.problem, { subject });
  const account = checked.account === null ? provider : `${provider}, ${checked.account}`;
  return ok(checked.note ? `${account}. ${checked.note}` : account, { subject });
};

/** Whether the vendor accepts the credentials of each connection. */
export const vendors: Check = {
  name: 'vendors',
  needs: ['environment', 'accounts'],
  run: async (examination) =>
    inTurn(await examination.connections(), most, (each) => lookAt(examination, each)),
};
