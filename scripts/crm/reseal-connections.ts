import { createCredentialsVault } from '../../src/lib/credentials-vault.ts';
import type { Session } from './context.ts';
import { ask } from './database.ts';
import { findAccount } from './find-account.ts';
import { printDone } from './print.ts';
import { stopWith } from './program.ts';
import { readAllOf } from './read-all.ts';
import { sealingKeyOf } from './sealing-key.ts';
import { requireConfig } from './settings.ts';

type Vault = ReturnType<typeof createCredentialsVault>;
type Sealed = { readonly id: string; readonly credentials: string };
type Outcome = 'resealed' | 'not_opened' | 'changed_meanwhile';

const readSealed = async (session: Session): Promise<readonly Sealed[]> => {
  const ids = session.account === null ? null : [(await findAccount(session)).id];
  return readAllOf(ids, () => session.database.from('connections').select('id, credentials'));
};

/** If somebody has changed the connection meanwhile, their change stays. */
const reseal = async (
  { database }: Session,
  vault: Vault,
  { id, credentials }: Sealed,
): Promise<Outcome> => {
  const opened = await vault.open(credentials, id).catch(() => null);
  if (opened === null) return 'not_opened';
  const change = { credentials: await vault.seal(opened, id) };
  const unchanged = database.from('connections').update(change).eq('id', id);
  const rows = await ask(unchanged.eq('credentials', credentials).select('id'));
  return rows.length === 0 ? 'changed_meanwhile' : 'resealed';
};

const resealEach = async (session: Session, vault: Vault, old: readonly Sealed[]) => {
  const ids: Record<Outcome, string[]> = { resealed: [], not_opened: [], changed_meanwhile: [] };
  for (const connection of old) {
    ids[await reseal(session, vault, connection)].push(connection.id);
  }
  return ids;
};

/** Seals every connection, or the account's, with the first key of CREDENTIALS_KEY, if an older key sealed it. */
export const resealConnections = async (session: Session): Promise<void> => {
  const vault = createCredentialsVault(requireConfig(session.settings).credentialsKeys);
  const all = await readSealed(session);
  const newest = sealingKeyOf(await vault.seal(null, ''));
  const old = all.filter(({ credentials }) => sealingKeyOf(credentials) !== newest);
  const { resealed, ...left } = await resealEach(session, vault, old);
  const result = { connections: all.length, resealed: resealed.length, ...left };
  printDone(session, result, `${resealed.length} of ${all.length} connections are sealed anew.`);
  if (left.not_opened.length > 0) {
    session.terminal.note(
      `No key of CREDENTIALS_KEY opens these; put the one they were sealed with at its end: ${left.not_opened.join(', ')}`,
    );
  }
  if (left.changed_meanwhile.length > 0) {
    session.terminal.note(
      `These were changed or removed meanwhile; run this again: ${left.changed_meanwhile.join(', ')}`,
    );
  }
  if (resealed.length < old.length) throw stopWith(1);
};
