import { z } from 'zod';
import { runCommand } from '../../dev/machine/run-command.ts';
import type { TimeStart } from './compare.ts';

export type Importer = {
  readonly command: string;
  /** Up to and including the script that times imports. */
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
};

const startSchema = z.object({ ms: z.number(), cpuMs: z.number() });

/** The evaluation of a module, and of everything that it imports, in a fresh process. */
export const timeImport =
  ({ command, args, ...options }: Importer, module: string): TimeStart =>
  async () => {
    const { exitCode, stdout, stderr } = await runCommand(command, [...args, module], options);
    if (exitCode !== 0) throw new Error(`importing ${module} failed: ${stderr}`);
    return startSchema.parse(JSON.parse(stdout));
  };
