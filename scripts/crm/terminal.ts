import { confirm, password } from '@inquirer/prompts';
import { stopWith } from './program.ts';

/** The streams of a command. */
export type Terminal = {
  /** Whether somebody can be asked. */
  readonly isInteractive: boolean;
  /** Standard output: the result, in whole lines. */
  readonly print: (text: string) => void;
  /** Standard error: progress, hints and errors, in whole lines. */
  readonly note: (text: string) => void;
  /** Asks for a secret, which is never shown. */
  readonly askSecret: (question: string) => Promise<string>;
  /** Asks whether to go on; no unless the answer is yes. */
  readonly confirm: (question: string) => Promise<boolean>;
};

/** While a question is open, Ctrl-C reaches the question, and sends no signal to the process. */
const unlessInterrupted = async <T>(answer: Promise<T>): Promise<T> => {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof Error && error.name === 'ExitPromptError')) throw error;
    process.stderr.write('Interrupted.\n');
    throw stopWith(130);
  }
};

/** The terminal of this process. Questions go to standard error, so that standard output holds only the result. */
export const createTerminal = (): Terminal => {
  const context = { input: process.stdin, output: process.stderr };
  return {
    isInteractive: process.stdin.isTTY === true && process.stderr.isTTY === true,
    print: (text) => void process.stdout.write(`${text}\n`),
    note: (text) => void process.stderr.write(`${text}\n`),
    // Without `toggleMask: false`, Ctrl-T would show the typed characters.
    askSecret: (message) =>
      unlessInterrupted(password({ message, mask: false, toggleMask: false }, context)),
    confirm: (message) => unlessInterrupted(confirm({ message, default: false }, context)),
  };
};
