import { writeFile } from 'node:fs/promises';
import { startMigratedPostgres } from '../test/support/postgres.ts';
import { generateTypes } from '../test/support/supabase-cli.ts';

const target = new URL('../src/store/database.types.ts', import.meta.url);

const postgres = await startMigratedPostgres();
try {
  await writeFile(target, await generateTypes(postgres.url));
} finally {
  await postgres.stop();
}
