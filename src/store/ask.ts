import { AppError } from '../errors.ts';
import { sleep } from '../lib/sleep.ts';

/** Milliseconds. */
const timeout = 5_000;
/** Milliseconds before a call without a response is repeated, the first and the second time. */
const pauses = [100, 400] as const;

/** The status is 0 if no response came. */
export type Answer = {
  readonly status: number;
  readonly data: unknown;
  readonly error: { readonly code?: string | undefined; readonly message: string } | null;
};

// PostgREST without a database, and Postgres' classes for a lost connection, a rollback, too few resources and a
// shutdown. 55P03 is a lock that did not come in time, 25006 a read-only database.
const outageCode = /^(?:PGRST00\d|08...|40...|53...|57...|55P03|25006)$/;

// The codes among them that promise that nothing was stored: Postgres was not asked, or has rolled back.
const nothingStoredCode = /^(?:PGRST00[023]|40001|40P01|53...|57...|55P03|25006)$/;

const isOutage = (status: number, code: string): boolean =>
  status === 0 || status === 429 || outageCode.test(code) || (status >= 500 && code === '');

type Outage = { readonly uncertain: boolean; readonly cause: Error };

/** Reads an error of the database. Anything else than an outage is a bug here, or a migration that was not applied. */
const readOutage = (status: number, error: NonNullable<Answer['error']>): Outage => {
  const code = error.code ?? '';
  const cause = new Error(`database answered ${status} ${code}: ${error.message}`);
  if (!isOutage(status, code)) throw new AppError('internal_error', { cause });
  return { uncertain: status !== 429 && !nothingStoredCode.test(code), cause };
};

/**
 * Makes the call, and repeats it if its response is lost. Every function takes a repeated call as one, so that is safe.
 * A database that hangs is not asked again, because our own caller has no time for that.
 */
export const ask = async (call: (signal: AbortSignal) => Promise<Answer>): Promise<unknown> => {
  const patience = AbortSignal.timeout(timeout);
  let uncertain = false;
  for (let tried = 0; ; tried += 1) {
    const signal = tried === 0 ? patience : AbortSignal.timeout(timeout);
    const { data, error, status } = await call(signal);
    if (error === null) return data;
    const outage = readOutage(status, error);
    uncertain ||= outage.uncertain;
    const pause = pauses[tried];
    if (pause === undefined || patience.aborted) {
      throw new AppError('database_unavailable', {
        retryAfter: 2,
        cause: outage.cause,
        uncertain,
      });
    }
    await sleep(pause);
  }
};
