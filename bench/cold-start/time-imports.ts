import { z } from 'zod';
import { runCommand } from '../../dev/machine/run-command.ts';

export type Importer = {
  readonly command: string;
  /** Up to and including the script that times imports. */
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
};

/** Milliseconds of each of the modules, imported in this order in a fresh process. */
export const timeImports = async (
  { command, args, ...options }: Importer,
  modules: readonly string[],
): Promise<number[]> => {
  const { exitCode, stdout, stderr } = await runCommand(command, [...args, ...modules], options);
  if (exitCode !== 0) throw new Error(`importing ${modules.join(', ')} failed: ${stderr}`);
  return z.array(z.number()).length(modules.length).parse(JSON.parse(stdout));
};

/** Milliseconds of all of them together. */
export const timeAllImports = async (importer: Importer, modules: readonly string[]) =>
  (await timeImports(importer, modules)).reduce((sum, duration) => sum + duration, 0);
