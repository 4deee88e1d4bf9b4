import { cleanText } from '../../src/lib/clean-text.ts';
import { addAccounts } from './accounts.ts';
import { addAgents } from './agents.ts';
import { addConnections } from './connections.ts';
import { addContacts } from './contacts/command.ts';
import type { CrmIo } from './context.ts';
import { addDoctor } from './doctor.ts';
import { addKeys } from './keys.ts';
import { addMessages } from './messages/command.ts';
import { createProgram, sayError, toExitCode } from './program.ts';
import { addSenders } from './senders.ts';
import type { Terminal } from './terminal.ts';

/** Names and texts come from strangers, so terminal controls are removed. */
const withCleanText = (terminal: Terminal): Terminal => ({
  ...terminal,
  print: (text) => terminal.print(cleanText(text)),
  note: (text) => terminal.note(cleanText(text)),
});

/** Looks at the words themselves, because the library stops reading at a word that it does not understand. */
const wantsJson = (args: readonly string[]): boolean => {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? args.length : end).includes('--json');
};

/** Runs one command to its end; returns the exit code of the process. */
export const runCrm = async (args: readonly string[], host: CrmIo): Promise<number> => {
  const io = { ...host, terminal: withCleanText(host.terminal) };
  const json = wantsJson(args);
  const program = createProgram(io.terminal, json);
  addAccounts(program, io);
  addKeys(program, io);
  addConnections(program, io);
  addSenders(program, io);
  addAgents(program, io);
  addContacts(program, io);
  addMessages(program, io);
  addDoctor(program, io);
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (!io.interrupted.aborted) return toExitCode(error, io.terminal, json);
    sayError(io.terminal, json, 'Interrupted.');
    return 130;
  }
};
