import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { startMigratedPostgres } from '../../dev/machine/postgres.ts';
import { generateTypes } from '../../dev/machine/supabase-cli.ts';

const committed = new URL('../../src/store/database.types.ts', import.meta.url);

it('gives the types that are committed (npm run types writes them anew)', async () => {
  const postgres = await startMigratedPostgres();
  try {
    expect(await readFile(committed, 'utf8')).toBe(await generateTypes(postgres.url));
  } finally {
    await postgres.stop();
  }
});
