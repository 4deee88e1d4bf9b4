import { confirm, password } from '@inquirer/prompts';

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

/** The terminal of this process; questions go to standard error, so that standard output is the answer alone. */
export const createTerminal = (): Terminal => {
  const context = { input: process.stdin, output: process.stderr };
  return {
    isInteractive: process.stdin.isTTY === true && process.stderr.isTTY === true,
    print: (text) => void process.stdout.write(`${text}\n`),
    note: (text) => void process.stderr.write(`${text}\n`),
    askSecret: (message) => password({ message, mask: false }, context),
    confirm: (message) => confirm({ message, default: false }, context),
  };
};
