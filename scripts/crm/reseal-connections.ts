import { createCredentialsVault } from '../../src/lib/credentials-vault.ts';
import type { Session } from './context.ts';
import { ask } from './database.ts';
import { printDone } from './print.ts';
import { stopWith } from './program.ts';
import { sealingKeyOf } from './sealing-key.ts';
import { requireConfig } from './settings.ts';

type Vault = ReturnType<typeof createCredentialsVault>;
type Sealed = { readonly id: string; readonly credentials: string };

/** False when nothing opens it. One that somebody else has changed meanwhile is left to them. */
const reseal = async ({ database }: Session, vault: Vault, { id, credentials }: Sealed) => {
  const opened = await vault.open(credentials, id).catch(() => null);
  if (opened === null) return false;
  const change = { credentials: await vault.seal(opened, id) };
  const unchanged = database.from('connections').update(change).eq('id', id);
  await ask(unchanged.eq('credentials', credentials).select('id'));
  return true;
};

/** Seals every connection of every account with the first key of CREDENTIALS_KEY, where an older one has. */
export const resealConnections = async (session: Session): Promise<void> => {
  const vault = createCredentialsVault(requireConfig(session.settings).credentialsKeys);
  const all = await ask(session.database.from('connections').select('id, credentials'));
  const newest = sealingKeyOf(await vault.seal(null, ''));
  const old = all.filter(({ credentials }) => sealingKeyOf(credentials) !== newest);
  const failed: string[] = [];
  for (const connection of old) {
    if (!(await reseal(session, vault, connection))) failed.push(connection.id);
  }
  const resealed = old.length - failed.length;
  const result = { connections: all.length, resealed, not_opened: failed };
  printDone(session, result, `${resealed} of ${all.length} connections are sealed anew.`);
  if (failed.length === 0) return;
  session.terminal.note(
    `No key of CREDENTIALS_KEY opens these; put the one they were sealed with at its end: ${failed.join(', ')}`,
  );
  throw stopWith(1);
};
