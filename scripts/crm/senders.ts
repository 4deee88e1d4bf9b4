import { Option } from '@commander-js/extra-typings';
import { toAddressKey } from '../../src/lib/address-key.ts';
import { type Channel, channels } from '../../src/ports/channel.ts';
import { type CrmIo, openSession, type Session } from './context.ts';
import { ask } from './database.ts';
import { findAccount } from './find-account.ts';
import { findAgent } from './find-agent.ts';
import { findConnection } from './find-connection.ts';
import { parseWhole } from './parse-whole.ts';
import { pickOne } from './pick-one.ts';
import { printDone, printRows } from './print.ts';
import { misuse, type Program } from './program.ts';
import { oldestFirst, readAll } from './read-all.ts';
import { checkSenderAddress } from './sender-address.ts';
import { cleanAddress, findOddity } from './typed-text.ts';
import { withoutUndefined } from './without-undefined.ts';

const parsePriority = parseWhole(-1_000_000, 1_000_000);

type NewSender = {
  readonly channel: Channel;
  readonly address: string;
  readonly connection: string;
  readonly priority: number;
  readonly agent?: string | undefined;
};

const taken = {
  23505:
    'The account has a sender with this address on this channel already: `senders list` shows it.',
};

/** A letter of another alphabet may look right, but makes another address. */
const refuseOddities = (address: string): void => {
  const odd = findOddity(address.replace(/^[^<]*</, ''), /[\x20-\x7e]/);
  if (odd === null) return;
  throw new Error(
    `--address has ${odd} in it, which cannot be in a number, an id or an email address: type it anew.`,
  );
};

type Agent = Awaited<ReturnType<typeof findAgent>>;

const noteInactive = ({ terminal }: Session, { id, name, active }: Agent): void => {
  if (active) return;
  terminal.note(
    `${name} is inactive, so nobody answers: \`npm run crm -- agents edit ${id} --active\` changes that.`,
  );
};

const add = async (session: Session, wanted: NewSender): Promise<void> => {
  const account = await findAccount(session);
  const connection = await findConnection(session, account.id, wanted.connection);
  const { channel, priority } = wanted;
  const address = cleanAddress(wanted.address);
  refuseOddities(address);
  checkSenderAddress(connection.provider, channel, address);
  const agent = wanted.agent && (await findAgent(session, account.id, wanted.agent));
  const row = {
    sub_account_id: account.id,
    connection_id: connection.id,
    channel,
    address,
    address_key: toAddressKey(channel, address),
    priority,
    answering_agent_id: agent ? agent.id : null,
  };
  const { id } = await ask(
    session.database.from('senders').insert(row).select('id').single(),
    taken,
  );
  printDone(
    session,
    { id, channel, connection: connection.name },
    `${account.name} sends on ${channel} through ${connection.name}. The sender's id: ${id}`,
  );
  if (agent) noteInactive(session, agent);
};

const listed =
  'id, channel, address, priority, active, failures, rests_until, answering_agent_id, created_at, connections (name, provider)';

const readSenders = async (session: Session) => {
  const account = await findAccount(session);
  const senders = await readAll(() =>
    session.database.from('senders').select(listed).eq('sub_account_id', account.id),
  );
  const inTurn = oldestFirst(senders)
    .toSorted((a, b) => a.priority - b.priority)
    .toSorted((a, b) => a.channel.localeCompare(b.channel));
  return { account, senders: inTurn };
};

const list = async (session: Session): Promise<void> => {
  const { senders } = await readSenders(session);
  const rows = senders.map((sender) => ({
    id: sender.id,
    channel: sender.channel,
    address: sender.address,
    connection: sender.connections.name,
    provider: sender.connections.provider,
    priority: sender.priority,
    active: sender.active,
    failures: sender.failures,
    rests_until: sender.rests_until,
    answering_agent: sender.answering_agent_id,
  }));
  printRows(session, rows, 'There is no sender yet: `npm run crm -- senders add` makes one.');
};

type Change = {
  readonly priority?: number | undefined;
  readonly active?: boolean | undefined;
  readonly agent?: string | boolean | undefined;
};

/** Null: no agent replies. Undefined: that stays as it is. */
const chooseAgent = async (session: Session, accountId: string, agent: Change['agent']) => {
  if (typeof agent === 'string') return findAgent(session, accountId, agent);
  return agent === false ? null : undefined;
};

const edit = async (session: Session, wanted: string, change: Change): Promise<void> => {
  const { account, senders } = await readSenders(session);
  // These are the business's own addresses, not a contact's. They tell two senders of one channel apart.
  const named = senders.map(({ id, address, channel }) => ({
    id,
    name: address,
    label: `${channel}  ${address}`,
  }));
  const { id } = pickOne(named, cleanAddress(wanted), 'sender');
  const agent = await chooseAgent(session, account.id, change.agent);
  const values = withoutUndefined({
    priority: change.priority,
    active: change.active,
    answering_agent_id: agent === undefined ? undefined : (agent?.id ?? null),
  });
  if (Object.keys(values).length === 0)
    throw misuse('Nothing to change: --help shows what can be.');
  await ask(session.database.from('senders').update(values).eq('id', id).select('id').single());
  printDone(session, { id, ...values }, 'The sender is changed.');
  if (agent) noteInactive(session, agent);
};

/** `senders add | list | edit` */
export const addSenders = (program: Program, io: CrmIo): void => {
  const senders = program.command('senders').description('what contacts see as the sender');

  senders
    .command('add')
    .description('add a sender to a channel')
    .addOption(
      new Option('--channel <channel>', 'the channel').choices(channels).makeOptionMandatory(),
    )
    .requiredOption('--address <address>', 'as the provider knows it: a number, an id, a mailbox')
    .requiredOption('--connection <id or name>', 'the account at the provider')
    .option('--priority <number>', 'the lowest is tried first', parsePriority, 100)
    .option('--agent <id or name>', 'answers what contacts write to this sender')
    .addHelpText(
      'after',
      `
Examples:
  npm run crm -- senders add --channel sms --address +15005550006 --connection Twilio
  npm run crm -- senders add --channel email --address "Acme Dental <hello@acme-dental.example>" --connection Resend --agent "Front desk"`,
    )
    .action((options, command) => add(openSession(io, command.optsWithGlobals()), options));

  senders
    .command('list')
    .description(
      'all senders, in the order in which they are tried; one that rests comes after the others',
    )
    .addHelpText('after', '\nExample:\n  npm run crm -- senders list')
    .action((_, command) => list(openSession(io, command.optsWithGlobals())));

  senders
    .command('edit')
    .description('change the order, switch a sender off or on, or set who answers')
    .argument('<sender>', 'its id or address')
    .option('--priority <number>', 'the lowest is tried first', parsePriority)
    .option('--active', 'use it')
    .option('--no-active', 'use it no longer')
    .option('--agent <id or name>', 'answers what contacts write to it')
    .option('--no-agent', 'nobody answers by itself')
    .addHelpText(
      'after',
      `
Examples:
  npm run crm -- senders edit +15005550006 --priority 10
  npm run crm -- senders edit +15005550006 --no-active
  npm run crm -- senders edit +15005550006 --agent "Front desk"`,
    )
    .action((sender, options, command) =>
      edit(openSession(io, command.optsWithGlobals()), sender, options),
    );
};
