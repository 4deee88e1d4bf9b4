import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Postgres, startMigratedPostgres } from '../../dev/machine/postgres.ts';
import { listFunctions, listTables } from './catalog.ts';

const insufficientPrivilege = expect.objectContaining({ code: '42501' });

describe('who may do what in the database', () => {
  let postgres: Postgres;

  beforeAll(async () => {
    postgres = await startMigratedPostgres();
  });
  afterAll(() => postgres?.stop());

  const isGranted = async (role: string, privilege: string) => {
    const [row] = await postgres.query(`select ${privilege} as granted`, [role]);
    return row?.granted;
  };

  it('starts from hosted Supabase, where a new table is everybody’s until it is revoked', async () => {
    await postgres.query(`begin; set local role postgres; create table public.scratch (id int);
      create function public.scratch() returns int language sql return 1`);
    try {
      expect(await isGranted('anon', `has_table_privilege($1, 'public.scratch', 'select')`)).toBe(
        true,
      );
      const mayExecute = `has_function_privilege($1, 'public.scratch()', 'execute')`;
      expect(await isGranted('authenticated', mayExecute)).toBe(true);
    } finally {
      await postgres.query('rollback');
    }
  });

  describe.each(['anon', 'authenticated'])('%s', (role) => {
    it('is granted no table', async () => {
      const granted = await postgres.query(
        `select c.oid::regclass::text as name from pg_class c
        where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and c.relowner = 'postgres'::regrole
          and (has_table_privilege($1, c.oid, 'select, insert, update, delete, truncate, references, trigger')
            or c.relkind <> 'S' and has_any_column_privilege($1, c.oid, 'select, insert, update, references'))`,
        [role],
      );
      expect(granted).toEqual([]);
    });

    it('is granted no function', async () => {
      const granted = await postgres.query(
        `select p.oid::regprocedure::text as name from pg_proc p
        where p.proowner = 'postgres'::regrole and has_function_privilege($1, p.oid, 'execute')`,
        [role],
      );
      expect(granted).toEqual([]);
    });

    it('is refused when it tries to read, write or empty any table', async () => {
      for (const { schema, name, column } of await listTables(postgres)) {
        const table = `${schema}.${name}`;
        const statements = [
          `select from ${table}`,
          `insert into ${table} default values`,
          `update ${table} set ${column} = null`,
          `delete from ${table}`,
          `truncate ${table}`,
        ];
        for (const statement of statements) {
          await expect(postgres.tryAs(role, statement), statement).rejects.toEqual(
            insufficientPrivilege,
          );
        }
      }
    });

    it('is refused when it tries to call any function', async () => {
      for (const { call } of await listFunctions(postgres)) {
        await expect(postgres.tryAs(role, `select ${call}`), call).rejects.toEqual(
          insufficientPrivilege,
        );
      }
    });
  });

  describe('service_role', () => {
    it('may execute every function in public', async () => {
      const functions = await listFunctions(postgres);
      const served = functions.filter(({ schema }) => schema === 'public');
      expect(served.map(({ signature }) => signature.replace(/\(.*/s, ''))).toEqual(
        expect.arrayContaining([
          ...['begin_send', 'commit_reply', 'settle_send', 'get_message'],
          ...['get_connection', 'record_webhook', 'claim_jobs', 'settle_job', 'complete_text'],
        ]),
      );
      for (const { signature } of served) {
        const mayExecute = `has_function_privilege($1, '${signature}', 'execute')`;
        expect(await isGranted('service_role', mayExecute), signature).toBe(true);
      }
    });

    it('alone may execute a function, in public or in crm_api', async () => {
      const others = await postgres.query(
        `select p.oid::regprocedure::text as name, r.rolname as role
        from pg_proc p, pg_roles r
        where p.proowner = 'postgres'::regrole and has_function_privilege(r.oid, p.oid, 'execute')
          and not r.rolsuper and not pg_has_role(r.oid, 'service_role', 'usage')
          and not pg_has_role(r.oid, 'postgres', 'usage')`,
      );
      expect(others).toEqual([]);
      const [publicly] = await postgres.query(
        `select count(*)::int as n from pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
        where p.proowner = 'postgres'::regrole
          and a.grantee not in ('postgres'::regrole, 'service_role'::regrole)`,
      );
      expect(publicly).toEqual({ n: 0 });
    });

    it('may execute what the functions in public call in crm_api', async () => {
      for (const { schema, signature } of await listFunctions(postgres)) {
        if (schema !== 'crm_api') continue;
        const mayExecute = `has_function_privilege($1, '${signature}', 'execute')`;
        expect(await isGranted('service_role', mayExecute), signature).toBe(true);
      }
    });

    it('may read and write the tables, so that the functions it calls may', async () => {
      for (const { schema, name } of await listTables(postgres)) {
        if (schema !== 'public') continue;
        await postgres.tryAs('service_role', `select from ${schema}.${name}`);
        await postgres.tryAs('service_role', `delete from ${schema}.${name}`);
      }
    });
  });
});
