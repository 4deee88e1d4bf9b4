import { addConnection } from './add-connection.ts';
import { checkConnections } from './check-connections.ts';
import { type CrmIo, openSession, type Session } from './context.ts';
import { ask } from './database.ts';
import { findAccount } from './find-account.ts';
import { findConnection, readConnections } from './find-connection.ts';
import { parseName } from './parse-name.ts';
import { printDone, printRows } from './print.ts';
import { type Program, stopWith } from './program.ts';
import { providerNames } from './providers.ts';
import { resealConnections } from './reseal-connections.ts';
import { sealingKeyOf } from './sealing-key.ts';

const list = async (session: Session): Promise<void> => {
  const account = await findAccount(session);
  const connections = await readConnections(session, account.id);
  const rows = connections.map((connection) => ({
    id: connection.id,
    provider: connection.provider,
    name: connection.name,
    senders: connection.senders[0]?.count ?? 0,
    agents: connection.agents[0]?.count ?? 0,
    last_webhook_at: connection.last_webhook_at,
    sealed_with: sealingKeyOf(connection.credentials),
  }));
  printRows(
    session,
    rows,
    'There is no connection yet: `npm run crm -- connections add PROVIDER`.',
  );
};

const mayRemove = async (session: Session, question: string, yes: boolean): Promise<boolean> => {
  if (yes) return true;
  if (session.terminal.isInteractive) return session.terminal.confirm(question);
  throw new Error(`${question} Say --yes: there is nobody to ask.`);
};

const remove = async (
  session: Session,
  wanted: string,
  { yes = false }: { readonly yes?: boolean | undefined },
): Promise<void> => {
  const account = await findAccount(session);
  const { id, name, ...connection } = await findConnection(session, account.id, wanted);
  const senders = connection.senders[0]?.count ?? 0;
  const agents = connection.agents[0]?.count ?? 0;
  const lost = `${senders} senders go with it, with the addresses that only they can reach, and ${agents} agents cannot write any more.`;
  if (!(await mayRemove(session, `Remove ${name}? ${lost}`, yes))) {
    session.terminal.note('Nothing is removed.');
    throw stopWith(1);
  }
  await ask(session.database.from('connections').delete().eq('id', id).select('id'));
  printDone(session, { id, name, senders, agents }, `${name} is removed. ${lost}`);
};

const resealHelp = `
In all sub-accounts, unless --account names one: the older key can go once none is left that it has sealed.
Exit code 1 when one is left.

Examples:
  npm run crm -- --env .env.production connections reseal
  npm run crm -- --env .env.production --account "Acme Dental" connections reseal`;

/** `connections add | check | list | remove | reseal` */
export const addConnections = (program: Program, io: CrmIo): void => {
  const connections = program
    .command('connections')
    .description(`accounts at vendors: ${providerNames.join(', ')}`);

  connections
    .command('add')
    .description('connect an account at a vendor; the credentials are asked for and never shown')
    .argument('<provider>', `one of ${providerNames.join(', ')}`)
    .option('--name <name>', "what it is called; the provider's word unless told", parseName)
    .option('--no-check', 'store it without asking the vendor whether the credentials are right')
    .addHelpText(
      'after',
      `
Machines put the credentials into the variable CREDENTIALS, as JSON. They are no options, because options show in
lists of processes.

Examples:
  npm run crm -- connections add twilio
  npm run crm -- --env .env.production --account "Acme Dental" connections add meta --name "Acme's page"
  CREDENTIALS="$(cat credentials.json)" npm run crm -- connections add openai`,
    )
    .action((provider, options, command) =>
      addConnection(openSession(io, command.optsWithGlobals()), provider, options),
    );

  connections
    .command('check')
    .description('ask the vendors whether they take the credentials; nothing is sent')
    .argument('[connection]', 'its id or name; all of them unless told')
    .addHelpText(
      'after',
      '\nExamples:\n  npm run crm -- connections check\n  npm run crm -- connections check twilio',
    )
    .action((connection, _, command) =>
      checkConnections(openSession(io, command.optsWithGlobals()), connection),
    );

  connections
    .command('list')
    .description('all connections, without their credentials')
    .addHelpText('after', '\nExample:\n  npm run crm -- connections list')
    .action((_, command) => list(openSession(io, command.optsWithGlobals())));

  connections
    .command('remove')
    .description('remove a connection and its senders')
    .argument('<connection>', 'its id or name')
    .option('--yes', 'without asking')
    .addHelpText('after', '\nExample:\n  npm run crm -- connections remove twilio --yes')
    .action((connection, options, command) =>
      remove(openSession(io, command.optsWithGlobals()), connection, options),
    );

  connections
    .command('reseal')
    .description('seal with the first key of CREDENTIALS_KEY what an older one has sealed')
    .addHelpText('after', resealHelp)
    .action((_, command) => resealConnections(openSession(io, command.optsWithGlobals())));
};
