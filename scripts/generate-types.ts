import { writeFile } from 'node:fs/promises';
import { startMigratedPostgres } from '../dev/machine/postgres.ts';
import { generateTypes } from '../dev/machine/supabase-cli.ts';

const target = new URL('../src/store/database.types.ts', import.meta.url);

const postgres = await startMigratedPostgres();
try {
  await writeFile(target, await generateTypes(postgres.url));
} finally {
  await postgres.stop();
}
