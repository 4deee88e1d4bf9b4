import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CommandResult, commandPath, projectFolder, runCommand } from './run-command.ts';

/** The folder that the CLI works on: `supabase`, and everything that its config refers to. */
const projectParts = ['supabase/config.toml', 'supabase/migrations', 'functions', 'src'];

export type CliOptions = {
  readonly env?: Readonly<Record<string, string>>;
  /** The folder that is copied instead of the project, and which parts of it. */
  readonly from?: string;
  readonly parts?: readonly string[];
};

/**
 * Runs the Supabase CLI in a copy of the project and with a home folder of its own. So it does not write into the
 * checkout or the user's settings, finds no linked project, and asks nothing.
 */
export const runSupabase = async (
  args: readonly string[],
  { env = {}, from = projectFolder, parts = projectParts }: CliOptions = {},
): Promise<CommandResult> => {
  const folder = await mkdtemp(join(tmpdir(), 'crm-api-supabase-'));
  const workdir = join(folder, 'project');
  try {
    for (const part of parts) {
      await cp(join(from, part), join(workdir, part), { recursive: true });
    }
    return await runCommand(commandPath('supabase'), [...args, '--workdir', workdir, '--yes'], {
      cwd: folder,
      env: {
        HOME: join(folder, 'home'),
        SUPABASE_TELEMETRY_DISABLED: '1',
        SUPABASE_NO_UPDATE_NOTIFIER: '1',
        DO_NOT_TRACK: '1',
        PGSSLMODE: 'disable',
        ...env,
      },
      timeoutMs: 90_000,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const expectSuccess = (what: string, { exitCode, stdout, stderr }: CommandResult): string => {
  if (exitCode !== 0) throw new Error(`${what} exited with ${exitCode}: ${stdout}${stderr}`);
  return stdout;
};

/** Applies the new files in supabase/migrations; returns the CLI's report. */
export const pushMigrations = async (url: string, options?: CliOptions): Promise<string> =>
  expectSuccess('supabase db push', await runSupabase(['db', 'push', `--remote=${url}`], options));

/** Runs the checks of Supabase's dashboard; exits with 1 if one warns. */
export const runAdvisors = (url: string, options?: CliOptions): Promise<CommandResult> =>
  runSupabase(
    ['db', 'advisors', '--level', 'warn', '--fail-on', 'warn', `--remote=${url}`],
    options,
  );

/** The TypeScript types of the schema `public`. */
export const generateTypes = async (url: string, options?: CliOptions): Promise<string> =>
  expectSuccess(
    'supabase gen types',
    await runSupabase(['gen', 'types', '--lang', 'typescript', `--remote=${url}`], options),
  ).trimStart();
