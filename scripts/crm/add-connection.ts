import { createCredentialsVault } from '../../src/lib/credentials-vault.ts';
import { checkCredentials, createCheckIo } from './check-credentials.ts';
import type { Session } from './context.ts';
import { ask } from './database.ts';
import { findAccount } from './find-account.ts';
import { readConnections } from './find-connection.ts';
import { printDone } from './print.ts';
import { findProvider } from './providers.ts';
import { readCredentials } from './read-credentials.ts';
import { refuseTakenName } from './refuse-taken-name.ts';
import { requireConfig } from './settings.ts';

type Wanted = { readonly name?: string | undefined; readonly check: boolean };

const checkFirst = async (session: Session, provider: string, credentials: unknown) => {
  const checked = await checkCredentials(createCheckIo(session), provider, credentials);
  if (checked.ok) return checked;
  throw new Error(`${checked.problem} Nothing is stored; --no-check stores it unasked.`);
};

/** Stores an account at a vendor, its credentials sealed before they leave this process. */
export const addConnection = async (
  session: Session,
  providerName: string,
  { name = providerName, check }: Wanted,
): Promise<void> => {
  const { settings, database } = session;
  const provider = findProvider(providerName, settings.isLocal);
  const config = requireConfig(settings);
  const account = await findAccount(session);
  refuseTakenName(
    await readConnections(session, account.id),
    name,
    (taken) =>
      `say another name with --name, or remove that connection and its senders first, with \`npm run crm -- connections remove ${taken}\`.`,
  );
  const credentials = await readCredentials(session, provider);
  const checked = check ? await checkFirst(session, provider.name, credentials) : null;

  const id = crypto.randomUUID();
  const sealed = await createCredentialsVault(config.credentialsKeys).seal(credentials, id);
  const owner = { sub_account_id: account.id, provider: provider.name };
  const row = { ...owner, id, name, credentials: sealed };
  await ask(database.from('connections').insert(row).select('id').single());

  const webhook = provider.isChannel ? `${config.publicUrl}/webhooks/${provider.name}/${id}` : null;
  const words = [
    `${name} is connected${checked?.account ? ` (${checked.account})` : ''}. Its id: ${id}`,
    ...(checked?.note ? [checked.note] : []),
    ...(webhook
      ? [
          `\nHave ${provider.name} call this address (docs/providers/${provider.name}.md says where):\n\n${webhook}`,
        ]
      : []),
  ];
  const note = checked?.note ?? null;
  const result = { id, provider: provider.name, name, checked: check, note, webhook };
  printDone(session, result, words.join('\n'));
};
