import { createClient } from '@supabase/supabase-js';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Database, startDatabase } from '../../dev/database.ts';
import { demoData } from '../../dev/demo-data.ts';

const toy = `
  create table public.toys (id integer primary key);
  alter table public.toys enable row level security;
  revoke all on table public.toys from public, anon, authenticated;
  insert into public.toys values (1);

  create function public.toy(p_number integer, p_details jsonb) returns jsonb
  language plpgsql set search_path = '' as $$
  begin
    insert into public.toys values (p_number);
    if p_number < 0 then raise exception 'below zero'; end if;
    perform pg_sleep(0.02);
    return jsonb_build_object('number', p_number, 'details', p_details, 'role', current_user);
  end $$;
  revoke all on function public.toy from public, anon, authenticated;
  grant execute on function public.toy to service_role;
  notify pgrst, 'reload schema';
`;

describe('the embedded database', () => {
  let database: Database;
  beforeAll(async () => {
    database = await startDatabase();
    await database.query(toy);
    // The server prints every error that a function raises.
    vi.spyOn(console, 'error').mockReturnValue();
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await database.stop();
  });

  const supabase = () => createClient(database.url, database.secretKey);
  const rest = (path: string, headers: Record<string, string>, method = 'GET') =>
    fetch(`${database.url}/rest/v1/${path}`, { method, headers });

  test('has the demo data that the documented examples need', async () => {
    const rows = await database.query(
      `select c.external_id, count(*)::int as addresses
       from public.conversations c join public.contact_addresses a using (contact_id) group by 1`,
    );
    expect(rows).toEqual([{ external_id: demoData.conversationId, addresses: 5 }]);
  });

  test('runs a function for supabase-js, as service_role', async () => {
    const answer = await supabase().rpc('toy', { p_number: 2, p_details: { a: [1] } });
    expect(answer.error).toBeNull();
    expect(answer.data).toEqual({ number: 2, details: { a: [1] }, role: 'service_role' });
  });

  test('rolls back a function that fails', async () => {
    const { error } = await supabase().rpc('toy', { p_number: -1, p_details: null });
    expect(error?.message).toContain('below zero');
    expect(await database.query('select id from public.toys where id < 0')).toEqual([]);
  });

  test('keeps requests that come at the same time apart', async () => {
    const numbers = [11, -12, 13, -14, 15, -16];
    const answers = await Promise.all(
      numbers.map((p_number) => supabase().rpc('toy', { p_number, p_details: null })),
    );
    expect(answers.map(({ error }) => error === null)).toEqual(numbers.map((each) => each > 0));
    const rows = await database.query('select id from public.toys where id > 10 order by id');
    expect(rows).toEqual([{ id: 11 }, { id: 13 }, { id: 15 }]);
  });

  test.each([
    ['no key', {}],
    ['an unknown key', { apikey: 'sb_secret_other' }],
    ['a publishable key', { apikey: 'sb_publishable_other' }],
    ['the key in the wrong header', { authorization: `Bearer ${demoData.supabaseSecretKey}` }],
  ])('turns away %s', async (_name, headers: Record<string, string>) => {
    expect((await rest('toys', headers)).status).toBe(401);
    expect((await rest('rpc/toy', headers, 'POST')).status).toBe(401);
  });

  test('grants nothing to anon and authenticated, not even after the first request', async () => {
    await supabase().from('toys').select();
    const rows = await database.query(
      `select grantee, table_name from information_schema.role_table_grants
       where table_schema = 'public' and grantee in ('PUBLIC', 'anon', 'authenticated')`,
    );
    expect(rows).toEqual([]);
    await expect(database.query('set role anon; select * from public.toys')).rejects.toThrow(
      'permission denied',
    );
    await database.query('reset role');
  });

  test('starts empty of what another one holds', async () => {
    const other = await startDatabase();
    expect(await other.query("select to_regclass('public.toys') as toys")).toEqual([
      { toys: null },
    ]);
    await other.stop();
  });

  test('leaves the exit code of this process alone', () => {
    expect(process.exitCode ?? 0).toBe(0);
  });
});
