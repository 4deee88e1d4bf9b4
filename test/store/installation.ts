import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { StoreContext } from './context.ts';
import { createWebhookTests, inbound } from './webhook-events.ts';

const installation = z.object({
  now: z.iso.datetime({ offset: true }),
  migrations: z.array(z.string()),
  functions: z.array(z.object({ name: z.string(), callers: z.array(z.string()) })),
  tables: z.array(
    z.object({
      name: z.string(),
      row_security: z.boolean(),
      users: z.array(z.string()),
      service_role_lacks: z.array(z.string()),
    }),
  ),
  last_sweep_at: z.iso.datetime({ offset: true }).nullable(),
});

const migrationFiles = () =>
  readdirSync(new URL('../../supabase/migrations/', import.meta.url))
    .map((name) => name.split('_')[0] ?? '')
    .sort();

/** The doctor's questions to a database. */
export const describeInstallation = (context: StoreContext) => {
  const tests = createWebhookTests(context);
  const describeIt = async () => {
    const { url, secretKey } = context.database();
    const response = await fetch(`${url}/rest/v1/rpc/describe_installation`, {
      method: 'POST',
      headers: { apikey: secretKey, authorization: `Bearer ${secretKey}` },
    });
    return installation.parse(await response.json());
  };
  const claim = (messageId: string | null = null) =>
    context.store.claimSends({
      leaseId: randomUUID(),
      leaseSeconds: 90,
      most: 1,
      maxTries: 8,
      historyLimit: 20,
      messageId,
    });
  const setLastSweep = (ago: string) =>
    context.database().query(`update crm_api.job_runs set last_run_at = now() - interval '${ago}'`);

  describe('describe_installation', () => {
    it('lists the migrations that are applied: all of them', async () => {
      expect((await describeIt()).migrations).toEqual(migrationFiles());
    });

    it('finds every table and function with service_role alone', async () => {
      const { tables, functions } = await describeIt();
      expect(tables.map(({ name }) => name)).toContain('messages');
      expect(functions.map(({ name }) => name)).toContain('begin_send');
      for (const { name, ...table } of tables) {
        expect(table, name).toEqual({
          row_security: true,
          users: ['service_role'],
          service_role_lacks: [],
        });
      }
      for (const { name, callers } of functions) expect(callers, name).toEqual(['service_role']);
    });

    it('names what service_role may not do with a table, in the order of a grant', async () => {
      const database = context.database();
      const lacks = async () =>
        (await describeIt()).tables.find(({ name }) => name === 'agents')?.service_role_lacks;
      await database.query('revoke insert, update on public.agents from service_role');
      try {
        expect(await lacks()).toEqual(['insert', 'update']);
        await database.query('revoke all on public.agents from service_role');
        expect(await lacks()).toEqual(['select', 'insert', 'update', 'delete']);
      } finally {
        await database.query(
          'grant select, insert, update, delete on public.agents to service_role',
        );
      }
    });

    it('knows when somebody last swept, to ten seconds', async () => {
      await context.database().query('delete from crm_api.job_runs');
      expect((await describeIt()).last_sweep_at).toBeNull();
      await claim();
      const first = (await describeIt()).last_sweep_at;
      expect(first).not.toBeNull();
      await claim();
      expect((await describeIt()).last_sweep_at).toBe(first);
      await setLastSweep('1 minute');
      await claim();
      expect(Date.parse((await describeIt()).last_sweep_at ?? '')).toBeGreaterThan(
        Date.now() - 30_000,
      );
    });

    it('does not take a look for one message as a sweep', async () => {
      await context.database().query('delete from crm_api.job_runs');
      await claim(randomUUID());
      expect((await describeIt()).last_sweep_at).toBeNull();
    });
  });

  it('a connection keeps when its vendor last called', async () => {
    const { connectionId } = context.tenant;
    const lastCall = async () => {
      const [row] = await context
        .database()
        .query(`select last_webhook_at from public.connections where id = '${connectionId}'`);
      return row?.last_webhook_at ?? null;
    };
    expect(await lastCall()).toBeNull();
    await tests.record(inbound());
    const first = await lastCall();
    expect(first).not.toBeNull();
    await tests.record(inbound());
    expect(await lastCall()).toEqual(first);
  });
};
