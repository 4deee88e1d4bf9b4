import { writeFileSync } from 'node:fs';
import { keepExitCode } from '../dev/database/keep-exit-code.ts';
import { buildBaseline } from './migration/baseline.ts';
import { baselineName, ownFolder } from './migration/project.ts';
import { type WrittenMigration, writeMigration } from './migration/write-migration.ts';

const usage = `Usage: npm run migration -- NAME        writes the migration that leads to supabase/schemas
       npm run migration -- --baseline  makes the first migration again, while it is the only one`;

const count = (amount: number): string =>
  amount === 1 ? 'One change is' : `${amount} changes are`;

const report = ({ file, functions, byHand, refused }: WrittenMigration): void => {
  console.log(`supabase/migrations/${file}`);
  for (const { name, words } of functions) console.log(`  ${name} ${words}`);
  if (byHand.length > 0) {
    console.error(`${count(byHand.length)} yours to write into it, in place of its comments:`);
    for (const words of byHand) console.error(`  ${words}`);
  }
  if (refused !== null) console.error(`As it is, it does not apply: ${refused}`);
  const lost = byHand.some((words) => words.includes('is in supabase/migrations alone'));
  if (lost || functions.some(({ words }) => words === 'is gone')) {
    console.error(
      'If you wrote into a migration what supabase/schemas lacks, write it there too, delete this file, and run the command again.',
    );
  }
};

const run = async (args: readonly string[]): Promise<void> => {
  const [argument] = args;
  if (argument === '--baseline') {
    writeFileSync(new URL(`migrations/${baselineName}`, ownFolder), buildBaseline(ownFolder));
    return;
  }
  if (argument === undefined || args.length > 1 || argument.startsWith('-')) throw new Error(usage);
  const written = await keepExitCode(() => writeMigration(ownFolder, argument, new Date()));
  if (written === null) {
    console.log('Nothing to do: supabase/migrations make what supabase/schemas say.');
  } else report(written);
};

try {
  await run(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
