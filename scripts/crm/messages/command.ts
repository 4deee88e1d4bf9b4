import { type CrmIo, openSession } from '../context.ts';
import { parseWhole } from '../parse-whole.ts';
import type { Program } from '../program.ts';
import { showMessage } from './show.ts';
import { tailMessages } from './tail.ts';

const tailHelp = `
A line has the time, the direction, the channel, the status, who wrote it, the message's id and
the error's code; never an address. A change of status is a line of its own. The 200 newest
messages are watched; what happens to older ones is in \`messages show\`. With --json each line is
a JSON object.

A database that goes away is waited for. Ctrl-C ends it, with exit code 0.

Examples:
  npm run crm -- messages tail
  npm run crm -- messages tail --once --lines 50
  npm run crm -- messages tail --key cfy_aB3d
  npm run -s crm -- messages tail --text --json | jq .status`;

const showHelp = `
With its text, which may be private; without the contact's address.

Examples:
  npm run crm -- messages show msg_01m837ck1ne4abwwb5vb7d9bzv
  npm run -s crm -- messages show 01a2067a-ccae-7115-ae71-65d8ce95bafb --json`;

/** `messages tail | show` */
export const addMessages = (program: Program, io: CrmIo): void => {
  const messages = program.command('messages').description('what was said, and what became of it');

  messages
    .command('tail')
    .description('show messages and changes of their status as they come')
    .option('--lines <number>', 'how many of the last ones come first', parseWhole(0, 1000), 10)
    .option('--once', 'show the last ones and stop', false)
    .option('--key <key>', 'only what this key sent: its id, or how it begins')
    .option('--text', 'show the texts as well', false)
    .addHelpText('after', tailHelp)
    .action((options, command) =>
      tailMessages(openSession(io, command.optsWithGlobals()), options),
    );

  messages
    .command('show')
    .description('show everything that is known of one message')
    .argument('<id>', 'msg_… or its UUID')
    .addHelpText('after', showHelp)
    .action((id, _, command) => showMessage(openSession(io, command.optsWithGlobals()), id));
};
