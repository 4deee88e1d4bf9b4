import { alignColumns } from './align-columns.ts';
import type { CrmIo, GlobalOptions } from './context.ts';
import { type Examined, runChecks } from './doctor/check.ts';
import { checks } from './doctor/checks.ts';
import { examine } from './doctor/examination.ts';
import { type Program, stopWith } from './program.ts';

const toCells = ({ state, check, subject, found }: Examined): readonly string[] => [
  state,
  check,
  subject === null ? found : `${subject}: ${found}`,
];

/** One aligned line for each finding; below a problem, what to do. */
const toText = (all: readonly Examined[]): string => {
  const lines = alignColumns(all.map(toCells)).split('\n');
  return all
    .flatMap(({ remedy }, row) => [lines[row] ?? '', ...(remedy === null ? [] : [`  → ${remedy}`])])
    .join('\n');
};

const count = (all: readonly Examined[], state: Examined['state']): number =>
  all.filter((each) => each.state === state).length;

const summarize = (all: readonly Examined[]): string => {
  const [problems, warnings] = [count(all, 'problem'), count(all, 'warning')];
  if (problems + warnings === 0) return 'All is well.';
  const words = (number: number, word: string) => `${number} ${word}${number === 1 ? '' : 's'}`;
  return `${words(problems, 'problem')}, ${words(warnings, 'warning')}.`;
};

const examineAll = async (io: CrmIo, options: GlobalOptions): Promise<void> => {
  const { terminal, interrupted } = io;
  const all = await runChecks(checks, examine(io, options));
  if (interrupted.aborted) throw new Error('interrupted');
  const isWell = count(all, 'problem') === 0;
  if (options.json) terminal.print(JSON.stringify({ ok: isWell, checks: all }, null, 2));
  else terminal.print(`${toText(all)}\n\n${summarize(all)}`);
  if (!isWell) throw stopWith(1);
};

/** `doctor` */
export const addDoctor = (program: Program, io: CrmIo): void => {
  program
    .command('doctor')
    .description('look whether everything is in place, and say what to do where it is not')
    .addHelpText(
      'after',
      '\nIt sends nothing, changes nothing, and ends with 1 when something is a problem.\n\nExamples:\n  npm run crm -- doctor\n  npm run -s crm -- doctor --env .env.production --json',
    )
    .action((_, command) => examineAll(io, command.optsWithGlobals()));
};
