import type { Config } from '../../../src/config.ts';
import { createCredentialsVault } from '../../../src/lib/credentials-vault.ts';
import type { CredentialsVault } from '../../../src/ports/credentials-vault.ts';
import { ask, type DatabaseClient } from '../database.ts';

type Row = {
  readonly id: string;
  readonly provider: string;
  readonly name: string;
  readonly credentials: string;
  readonly last_webhook_at: string | null;
};

export type OpenedConnection = Omit<Row, 'credentials' | 'name'> & {
  /** Its name, with its id where others are called so too. */
  readonly label: string;
  /** Names the key that it was sealed with; it is no secret. */
  readonly keyId: string;
  /** It was sealed with a key that seals no more. */
  readonly isOld: boolean;
  /** Null: it does not open. */
  readonly opened: { readonly credentials: unknown } | null;
};

const keyIdOf = (envelope: string): string => envelope.split('.')[1] ?? '';

const open = async (vault: CredentialsVault, { credentials, id }: Row) => {
  try {
    return { credentials: await vault.open(credentials, id) };
  } catch {
    return null;
  }
};

const columns = 'id, provider, name, credentials, last_webhook_at';

/** The connections of these accounts, their credentials opened as the function would. */
export const readConnections = async (
  database: DatabaseClient,
  { credentialsKeys }: Pick<Config, 'credentialsKeys'>,
  accountIds: readonly string[],
): Promise<readonly OpenedConnection[]> => {
  const vault = createCredentialsVault(credentialsKeys);
  const sealingKeyId = keyIdOf(await vault.seal({}, ''));
  const rows = await ask(
    database
      .from('connections')
      .select(columns)
      .in('sub_account_id', [...accountIds])
      .order('name'),
  );
  return Promise.all(
    rows.map(async (row) => {
      const { credentials, name, ...connection } = row;
      const isUnique = rows.filter((other) => other.name === name).length === 1;
      const label = isUnique ? name : `${name} (${row.id})`;
      const keyId = keyIdOf(credentials);
      const opened = await open(vault, row);
      return { ...connection, label, keyId, isOld: keyId !== sealingKeyId, opened };
    }),
  );
};
