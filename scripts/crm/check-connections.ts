import { createCredentialsVault } from '../../src/lib/credentials-vault.ts';
import { checkCredentials, createCheckIo } from './check-credentials.ts';
import type { Session } from './context.ts';
import { findAccount } from './find-account.ts';
import { type Connection, readConnections } from './find-connection.ts';
import { inTurn } from './in-turn.ts';
import { pickOne } from './pick-one.ts';
import { printRows } from './print.ts';
import { stopWith } from './program.ts';
import { requireConfig } from './settings.ts';
import type { Checked } from './vendors/probe.ts';

/** How many vendors are asked at a time. */
const most = 8;

type Open = ReturnType<typeof createCredentialsVault>['open'];

const checkOne = async (
  session: Session,
  open: Open,
  { id, provider, credentials }: Connection,
): Promise<Checked> => {
  const opened = await open(credentials, id).catch(() => null);
  if (opened !== null) return checkCredentials(createCheckIo(session), provider, opened);
  const problem =
    'Its credentials do not open with this CREDENTIALS_KEY: use the one they were sealed with, or remove the connection and add it again.';
  return { ok: false, problem };
};

/** Asks the vendor of one connection, or of all; ends with 1 if a vendor refuses one. */
export const checkConnections = async (
  session: Session,
  wanted: string | undefined,
): Promise<void> => {
  const { open } = createCredentialsVault(requireConfig(session.settings).credentialsKeys);
  const account = await findAccount(session);
  const all = await readConnections(session, account.id);
  const chosen = wanted === undefined ? all : [pickOne(all, wanted, 'connection')];
  const rows = await inTurn(chosen, most, async (connection) => {
    const { id, provider, name } = connection;
    const checked = await checkOne(session, open, connection);
    const { ok } = checked;
    const problem = ok ? null : checked.problem;
    const note = ok ? (checked.note ?? null) : null;
    return { id, provider, name, ok, problem, note };
  });
  printRows(session, rows, 'There is no connection to check.');
  if (rows.some(({ ok }) => !ok)) throw stopWith(1);
};
