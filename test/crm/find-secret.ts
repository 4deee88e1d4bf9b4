import type { Database } from '../../dev/database.ts';

/** A secret that appears nowhere else. */
export const anySecret = 'sesame-4c1d-9a77-open';

/** Every row of every table, as text. */
export const readAllRows = async (database: Database): Promise<string> => {
  const tables = await database.query(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname in ('public', 'crm_api')`,
  );
  const rows = await Promise.all(
    tables.map(({ name }) => database.query(`select row_to_json(t) as row from ${name} t`)),
  );
  return JSON.stringify(rows);
};
