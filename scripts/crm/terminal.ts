import { confirm, password } from '@inquirer/prompts';
import { stopWith } from './program.ts';

/** Where a command reads from and writes to. */
export type Terminal = {
  /** Somebody can be asked. */
  readonly isInteractive: boolean;
  /** Standard output: what was asked for, whole lines. */
  readonly print: (text: string) => void;
  /** Standard error: progress, hints and what went wrong, whole lines. */
  readonly note: (text: string) => void;
  /** Asks for something that is never shown. */
  readonly askSecret: (question: string) => Promise<string>;
  /** Asks whether to go on; no unless the answer is yes. */
  readonly confirm: (question: string) => Promise<boolean>;
};

/** Ctrl-C at a question reaches the question alone, and no signal the process. */
const unlessInterrupted = async <T>(answer: Promise<T>): Promise<T> => {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof Error && error.name === 'ExitPromptError')) throw error;
    process.stderr.write('Interrupted.\n');
    throw stopWith(130);
  }
};

/** The terminal of this process; questions go to standard error, so that standard output is the answer alone. */
export const createTerminal = (): Terminal => {
  const context = { input: process.stdin, output: process.stderr };
  return {
    isInteractive: process.stdin.isTTY === true && process.stderr.isTTY === true,
    print: (text) => void process.stdout.write(`${text}\n`),
    note: (text) => void process.stderr.write(`${text}\n`),
    // Without `toggleMask: false`, Ctrl-T shows what was typed.
    askSecret: (message) =>
      unlessInterrupted(password({ message, mask: false, toggleMask: false }, context)),
    confirm: (message) => unlessInterrupted(confirm({ message, default: false }, context)),
  };
};
