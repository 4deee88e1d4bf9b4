import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CommandResult, commandPath, projectFolder, runCommand } from './run-command.ts';

/** What the CLI works on: its `supabase` folder, and whatever the config there points at. */
const projectParts = ['supabase/config.toml', 'supabase/migrations', 'functions', 'src'];

type CliOptions = { readonly env?: Readonly<Record<string, string>>; readonly from?: string };

/**
 * Runs the Supabase CLI in a copy of the project and with a home folder of its own, so that it writes neither into the
 * checkout nor into the user's settings, finds no linked project, and asks nothing.
 */
export const runSupabase = async (
  args: readonly string[],
  { env = {}, from = projectFolder }: CliOptions = {},
): Promise<CommandResult> => {
  const folder = await mkdtemp(join(tmpdir(), 'crm-api-supabase-'));
  const workdir = join(folder, 'project');
  try {
    for (const part of projectParts) {
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

/** Applies what is new in supabase/migrations; the answer is what the CLI says it did. */
export const pushMigrations = async (url: string, options?: CliOptions): Promise<string> =>
  expectSuccess('supabase db push', await runSupabase(['db', 'push', `--remote=${url}`], options));

/** Looks for what Supabase's dashboard would warn of; exits with 1 when there is something. */
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
