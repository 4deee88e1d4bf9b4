import type { Config } from '../../../src/config.ts';
import { createCredentialsVault } from '../../../src/lib/credentials-vault.ts';
import type { CredentialsVault } from '../../../src/ports/credentials-vault.ts';
import type { DatabaseClient } from '../database.ts';
import { readAllOf } from '../read-all.ts';
import { sealingKeyOf } from '../sealing-key.ts';

type Row = {
  readonly id: string;
  readonly provider: string;
  readonly name: string;
  readonly credentials: string;
  readonly last_webhook_at: string | null;
};

export type OpenedConnection = Omit<Row, 'credentials' | 'name'> & {
  /** Its name, and its id if others have the same name. */
  readonly label: string;
  /** The id of the key that sealed it, which is no secret. */
  readonly keyId: string;
  /** The key that sealed it is not the one that seals now. */
  readonly isOld: boolean;
  /** Null: it cannot be opened. */
  readonly opened: { readonly credentials: unknown } | null;
};

const open = async (vault: CredentialsVault, { credentials, id }: Row) => {
  try {
    return { credentials: await vault.open(credentials, id) };
  } catch {
    return null;
  }
};

const countNames = (rows: readonly Row[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const { name } of rows) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
};

/** The connections of these accounts, or of all, by name. Their credentials are opened as the function opens them. */
export const openConnections = async (
  database: DatabaseClient,
  { credentialsKeys }: Pick<Config, 'credentialsKeys'>,
  accountIds: readonly string[] | null,
): Promise<readonly OpenedConnection[]> => {
  const vault = createCredentialsVault(credentialsKeys);
  const newest = sealingKeyOf(await vault.seal({}, ''));
  const rows = await readAllOf(accountIds, () =>
    database.from('connections').select('id, provider, name, credentials, last_webhook_at'),
  );
  const counts = countNames(rows);
  return Promise.all(
    rows
      .toSorted((a, b) => a.name.localeCompare(b.name))
      .map(async (row) => {
        const { credentials, name, ...connection } = row;
        const label = counts.get(name) === 1 ? name : `${name} (${row.id})`;
        const keyId = sealingKeyOf(credentials);
        const opened = await open(vault, row);
        return { ...connection, label, keyId, isOld: keyId !== newest, opened };
      }),
  );
};
