import { channelProviders } from '../../src/channels/index.ts';
import { type CrmIo, openSession, type Session } from './context.ts';
import { ask } from './database.ts';
import { findAccount } from './find-account.ts';
import { findAgent, readAgents } from './find-agent.ts';
import { findConnection } from './find-connection.ts';
import { parseInstructions, readInstructions } from './parse-instructions.ts';
import { parseName } from './parse-name.ts';
import { parseWhole } from './parse-whole.ts';
import { printDone, printRows } from './print.ts';
import { misuse, type Program } from './program.ts';
import { oldestFirst, readAll } from './read-all.ts';
import { refuseTakenName } from './refuse-taken-name.ts';
import { withoutUndefined } from './without-undefined.ts';

/** About 300 messages, a few dollars with an expensive model. It ends a talk with a machine or a flood of mail. */
const usualTokenLimit = 1_000_000;

const parseTokens = (text: string): number | 'none' =>
  text === 'none' ? text : parseWhole(1, 2_147_483_647)(text);

const findModelConnection = async (session: Session, accountId: string, wanted: string) => {
  const connection = await findConnection(session, accountId, wanted);
  if (!channelProviders[connection.provider]) return connection;
  throw new Error(
    `${connection.provider} carries texts and writes none: take a connection to a model.`,
  );
};

type Given = {
  readonly instructions?: string | undefined;
  readonly instructionsFile?: string | undefined;
};

/** Undefined when neither option was given. */
const chooseInstructions = ({ instructions, instructionsFile }: Given): string | undefined => {
  if (instructions !== undefined && instructionsFile !== undefined) {
    throw misuse('Say --instructions or --instructions-file, not both.');
  }
  return instructions ?? instructionsFile;
};

/** `exceptId`: the agent that gets this name, which may keep its own. */
const refuseTaken = async (
  session: Session,
  accountId: string,
  name: string,
  exceptId?: string,
): Promise<void> => {
  const others = (await readAgents(session, accountId)).filter(({ id }) => id !== exceptId);
  refuseTakenName(
    others,
    name,
    (id) => `take another name, or change that agent with \`npm run crm -- agents edit ${id}\`.`,
  );
};

type NewAgent = Given & {
  readonly connection: string;
  readonly model: string;
  readonly dailyTokenLimit: number | 'none';
};

const add = async (session: Session, name: string, wanted: NewAgent): Promise<void> => {
  const instructions = chooseInstructions(wanted);
  if (instructions === undefined) throw misuse('Say --instructions or --instructions-file.');
  const account = await findAccount(session);
  await refuseTaken(session, account.id, name);
  const connection = await findModelConnection(session, account.id, wanted.connection);
  const { model, dailyTokenLimit } = wanted;
  const row = {
    sub_account_id: account.id,
    connection_id: connection.id,
    name,
    model,
    instructions,
    daily_token_limit: dailyTokenLimit === 'none' ? null : dailyTokenLimit,
  };
  const { id } = await ask(session.database.from('agents').insert(row).select('id').single());
  printDone(
    session,
    { id, name, model, connection: connection.name },
    `${name} writes for ${account.name}. The agent's id, for agent_id: ${id}`,
  );
};

const listed =
  'id, name, model, active, reply_pause_ms, person_pause_hours, max_unanswered, max_replies_per_hour, daily_token_limit, created_at, connections (name)';

const list = async (session: Session): Promise<void> => {
  const account = await findAccount(session);
  const agents = await readAll(() =>
    session.database.from('agents').select(listed).eq('sub_account_id', account.id),
  );
  const rows = oldestFirst(agents).map(({ connections, created_at: _, ...agent }) => ({
    ...agent,
    connection: connections?.name ?? null,
  }));
  printRows(session, rows, 'There is no agent yet: `npm run crm -- agents add NAME` makes one.');
};

type Change = Given & {
  readonly name?: string | undefined;
  readonly connection?: string | undefined;
  readonly model?: string | undefined;
  readonly active?: boolean | undefined;
  readonly replyPause?: number | undefined;
  readonly personPause?: number | undefined;
  readonly maxUnanswered?: number | undefined;
  readonly maxRepliesPerHour?: number | undefined;
  readonly dailyTokenLimit?: number | 'none' | undefined;
};

/** The contacts of this agent hear nothing from now on. */
const noteSilence = async (
  { database, terminal }: Session,
  { id, name }: { readonly id: string; readonly name: string },
): Promise<void> => {
  const query = database.from('senders').select('id').eq('answering_agent_id', id);
  const { length } = await ask(query.eq('active', true));
  if (length === 0) return;
  const senders = length === 1 ? 'a sender' : `${length} senders`;
  terminal.note(`${name} answers for ${senders}: until it is active again, nobody does.`);
};

const edit = async (session: Session, wanted: string, change: Change): Promise<void> => {
  const account = await findAccount(session);
  const agent = await findAgent(session, account.id, wanted);
  const { connection } = change;
  if (change.name !== undefined) await refuseTaken(session, account.id, change.name, agent.id);
  const values = withoutUndefined({
    name: change.name,
    model: change.model,
    instructions: chooseInstructions(change),
    active: change.active,
    connection_id:
      connection === undefined
        ? undefined
        : (await findModelConnection(session, account.id, connection)).id,
    reply_pause_ms: change.replyPause,
    person_pause_hours: change.personPause,
    max_unanswered: change.maxUnanswered,
    max_replies_per_hour: change.maxRepliesPerHour,
    daily_token_limit: change.dailyTokenLimit === 'none' ? null : change.dailyTokenLimit,
  });
  if (Object.keys(values).length === 0)
    throw misuse('Nothing to change: --help shows what can be.');
  const { id, name } = await ask(
    session.database.from('agents').update(values).eq('id', agent.id).select('id, name').single(),
  );
  printDone(session, { id, name, changed: Object.keys(values) }, `${name} is changed.`);
  if (change.active === false) await noteSilence(session, agent);
};

/** `agents add | edit | list` */
export const addAgents = (program: Program, io: CrmIo): void => {
  const agents = program.command('agents').description('AI agents: who writes');

  agents
    .command('add')
    .description('add an agent')
    .argument('<name>', 'what it is called', parseName)
    .requiredOption('--connection <id or name>', 'the account at the model')
    .requiredOption('--model <model>', 'as the provider calls it, such as gpt-5-mini', parseName)
    .option('--instructions <text>', 'how it is to write', parseInstructions)
    .option('--instructions-file <file>', 'the same, from a file', readInstructions)
    .option(
      '--daily-token-limit <number or none>',
      'from midnight UTC on',
      parseTokens,
      usualTokenLimit,
    )
    .addHelpText(
      'after',
      `
Examples:
  npm run crm -- agents add "Front desk" --connection OpenAI --model gpt-5-mini --instructions "Be warm and brief."
  npm run crm -- agents add "Night shift" --connection Anthropic --model claude-sonnet-4-5 --instructions-file night.md`,
    )
    .action((name, options, command) =>
      add(openSession(io, command.optsWithGlobals()), name, options),
    );

  agents
    .command('list')
    .description('all agents, with what holds them back')
    .addHelpText('after', '\nExample:\n  npm run -s crm -- agents list --json')
    .action((_, command) => list(openSession(io, command.optsWithGlobals())));

  agents
    .command('edit')
    .description('change an agent')
    .argument('<agent>', 'its id or name')
    .option('--name <name>', 'what it is called', parseName)
    .option('--connection <id or name>', 'the account at the model')
    .option('--model <model>', 'as the provider calls it', parseName)
    .option('--instructions <text>', 'how it is to write', parseInstructions)
    .option('--instructions-file <file>', 'the same, from a file', readInstructions)
    .option('--active', 'it may write')
    .option('--no-active', 'it may write no longer')
    .option('--reply-pause <ms>', "after a contact's last message", parseWhole(0, 600_000))
    .option('--person-pause <hours>', 'quiet after a person has written', parseWhole(0, 8760))
    .option('--max-unanswered <number>', 'messages in a row without an answer', parseWhole(1, 1000))
    .option('--max-replies-per-hour <number>', 'in one conversation', parseWhole(1, 10_000))
    .option('--daily-token-limit <number or none>', 'from midnight UTC on', parseTokens)
    .addHelpText(
      'after',
      `
Examples:
  npm run crm -- agents edit "Front desk" --instructions-file front-desk.md
  npm run crm -- agents edit "Front desk" --person-pause 2 --daily-token-limit 200000`,
    )
    .action((agent, options, command) =>
      edit(openSession(io, command.optsWithGlobals()), agent, options),
    );
};
