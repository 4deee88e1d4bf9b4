import { type CrmIo, openSession, type Session } from './context.ts';
import { ask } from './database.ts';
import { findAccount } from './find-account.ts';
import { parseName } from './parse-name.ts';
import { parseTimeZone } from './parse-time-zone.ts';
import { printDone, printRows } from './print.ts';
import type { Program } from './program.ts';
import { oldestFirst, readAll } from './read-all.ts';
import { refuseTakenName } from './refuse-taken-name.ts';

const add = async (session: Session, name: string): Promise<void> => {
  const others = await readAll(() => session.database.from('sub_accounts').select('id, name'));
  refuseTakenName(
    others,
    name,
    (id) => `take another name, or work with that sub-account, with --account ${id}.`,
  );
  const row = await ask(
    session.database.from('sub_accounts').insert({ name }).select('id, name').single(),
  );
  printDone(
    session,
    row,
    `${name} is a sub-account: --account ${row.id}, or --account with its name.`,
  );
};

const edit = async (session: Session, timeZone: string): Promise<void> => {
  const { id, name } = await findAccount(session);
  const row = await ask(
    session.database
      .from('sub_accounts')
      .update({ time_zone: timeZone })
      .eq('id', id)
      .select('id, name, time_zone')
      .single(),
  );
  printDone(session, row, `The agents of ${name} are told the time in ${timeZone}.`);
};

const list = async (session: Session): Promise<void> => {
  const accounts = await readAll(() =>
    session.database
      .from('sub_accounts')
      .select(
        'id, name, time_zone, created_at, api_keys (count), connections (count), senders (count), agents (count)',
      ),
  );
  const rows = oldestFirst(accounts).map((account) => ({
    id: account.id,
    name: account.name,
    time_zone: account.time_zone,
    keys: account.api_keys[0]?.count ?? 0,
    connections: account.connections[0]?.count ?? 0,
    senders: account.senders[0]?.count ?? 0,
    agents: account.agents[0]?.count ?? 0,
    created_at: account.created_at,
  }));
  printRows(
    session,
    rows,
    'There is no account yet: `npm run crm -- accounts add NAME` makes one.',
  );
};

/** `accounts add | edit | list` */
export const addAccounts = (program: Program, io: CrmIo): void => {
  const accounts = program
    .command('accounts')
    .description('sub-accounts: each has its own keys, contacts and senders');

  accounts
    .command('add')
    .description('add a sub-account')
    .argument('<name>', 'whom it belongs to', parseName)
    .addHelpText('after', '\nExample:\n  npm run crm -- accounts add "Acme Dental"')
    .action((name, _, command) => add(openSession(io, command.optsWithGlobals()), name));

  accounts
    .command('edit')
    .description('change a sub-account: the one that --account names')
    .requiredOption(
      '--timezone <zone>',
      'an IANA name, such as Europe/Berlin: agents are told the time there',
      parseTimeZone,
    )
    .addHelpText('after', '\nExample:\n  npm run crm -- accounts edit --timezone Europe/Berlin')
    .action(({ timezone }, command) => edit(openSession(io, command.optsWithGlobals()), timezone));

  accounts
    .command('list')
    .description('all sub-accounts, and how much each has')
    .addHelpText('after', '\nExample:\n  npm run -s crm -- accounts list --json')
    .action((_, command) => list(openSession(io, command.optsWithGlobals())));
};
