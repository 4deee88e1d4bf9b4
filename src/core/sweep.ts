import { describeError } from '../lib/describe-error.ts';
import { toWireId } from '../lib/message-id.ts';
import type { Deps } from '../ports/deps.ts';
import { claimMessages } from './claim-messages.ts';
import type { WorkContext } from './context.ts';
import { fetchDueTexts } from './fetch-texts.ts';
import type { Leased } from './send-request.ts';
import { createTrace } from './trace.ts';
import { type Worked, workMessage } from './work-message.ts';

/** Messages of each kind (queued, abandoned) at once: Workers have six connections. */
const batch = 2;
/** Messages in one sweep, for a host's CPU limit. */
const most = 100;
/** Milliseconds after which nothing new is taken up; what is under way may take a minute and more. */
const budget = 25_000;
/** Milliseconds of it for texts: a provider that does not answer uses them up with its first, and what is queued still goes. */
const textBudget = 10_000;

export type Swept = { readonly [status in Worked['status']]: number };

type Host = Omit<WorkContext, 'trace'>;

const workLogged = async (deps: Deps, leased: Leased, host: Host) => {
  const trace = createTrace(deps.io.now);
  const fields = { event: 'sweep', message_id: toWireId(leased.begun.messageId) };
  try {
    const { status } = await workMessage(deps, leased, { ...host, trace });
    deps.io.log('info', { ...fields, ...trace.read().fields, status });
    return status;
  } catch (error) {
    deps.io.log('error', { ...fields, cause: describeError(error) });
    return 'lost';
  }
};

/** Takes up what is due and what was abandoned, until nothing is, or the time or the number of one sweep is used up. */
export const sweep = async (deps: Deps, host: Host): Promise<Swept> => {
  const counts = { sent: 0, queued: 0, failed: 0, unknown: 0, superseded: 0, lost: 0 };
  const startedAt = deps.io.now();
  const hasTime = (ms: number) => deps.io.now() < startedAt + ms && !host.stopping();
  await fetchDueTexts(deps, () => hasTime(textBudget));
  for (let taken = 0; taken < most && hasTime(budget); ) {
    const { leased, unknown, failed, superseded } = await claimMessages(deps, {
      limit: batch,
      messageId: null,
    });
    const statuses = await Promise.all(leased.map((message) => workLogged(deps, message, host)));
    for (const status of statuses) counts[status] += 1;
    counts.unknown += unknown;
    counts.failed += failed;
    counts.superseded += superseded;
    const found = leased.length + unknown + failed + superseded;
    if (found === 0) break;
    taken += found;
  }
  return counts;
};
