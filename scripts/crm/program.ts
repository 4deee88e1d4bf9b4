import { Command, CommanderError } from '@commander-js/extra-typings';
import type { Terminal } from './terminal.ts';

/** Credentials are neither options nor arguments, but somebody will try, so the given words are not repeated. */
const withoutValues = (text: string): string =>
  text
    .replace(/(unknown option ')(--[^='\s]+(?==)|-\w(?=[^'-]))[^']*/, '$1$2…')
    .replace(/(unknown command ')(?![a-z-]{1,20}')[^']*/, '$1…')
    .replace(/(too many arguments.* but got \d+): .*/s, '$1.')
    .replace(/command-argument value '.*' is invalid for argument '([^']*)'/s, '<$1> is not valid')
    .replace(/(argument|value) '.*' is invalid/s, '$1 is invalid');

const stopped = 'crm.stopped';
const misused = 'crm.misused';

/** Ends a command that has already printed everything, with this exit code. */
export const stopWith = (exitCode: number): CommanderError =>
  new CommanderError(exitCode, stopped, '');

/** For wrong calls that the library cannot see, such as two options that exclude each other. */
export const misuse = (message: string): CommanderError => new CommanderError(2, misused, message);

/** Reports an error: in words for people, one line of JSON for machines. */
export const sayError = ({ note }: Terminal, json: boolean, message: string): void =>
  note(json ? JSON.stringify({ error: { message } }) : message);

const toMessage = ({ code, message }: CommanderError): string =>
  code === 'commander.help'
    ? 'Say a command: --help shows them.'
    : withoutValues(message).replace(/^error: /, '');

/** 0: done. 1: it failed. 2: it was called wrongly. */
export const toExitCode = (error: unknown, terminal: Terminal, json: boolean): number => {
  if (!(error instanceof CommanderError)) {
    sayError(terminal, json, error instanceof Error ? error.message : String(error));
    return 1;
  }
  if (error.code === stopped || error.exitCode === 0) return error.exitCode;
  // The library has already reported all others to people.
  if (json || error.code === misused) sayError(terminal, json, toMessage(error));
  return 2;
};

/** The command line before it has commands. Every error is thrown; nothing ends the process. */
export const createProgram = (terminal: Terminal, json: boolean) =>
  new Command('npm run crm --')
    .description('Manage what crm-api sends with and to whom, and see what becomes of messages.')
    .option('--env <file>', 'read the environment from this file; what the shell sets comes first')
    .option('--account <name or id>', 'the sub-account; without it, the only one there is')
    .option('--json', 'answer in JSON; an error is JSON too, the last line of standard error')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .showHelpAfterError('(--help shows the options and examples)')
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => {
        if (!json) terminal.note(withoutValues(text.trimEnd()));
      },
    });

export type Program = ReturnType<typeof createProgram>;
