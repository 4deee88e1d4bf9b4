import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { messageStatuses } from '../../src/ports/message.ts';
import type { StoreContext } from './context.ts';

// The states that have no status of their own are beside them: not stored yet, and failed with `safe`.
const states = ['new', ...messageStatuses, 'failed safe'];

const moves = z.array(z.object({ move: z.string() }));

/** The moves that SQL allows, such as `queued > sending`. */
const listMoves = async (context: StoreContext, by: 'host' | 'vendor') =>
  moves
    .parse(
      await context.database().query(`
        select f || ' > ' || t as move
        from unnest('{${states.map((state) => `"${state}"`)}}'::text[]) f,
          unnest('{${messageStatuses}}'::text[]) t
        where crm_api.may_move(f, t, '${by}')`),
    )
    .map(({ move }) => move);

const under = ['queued', 'composing', 'sending'];

export const describeStatusMoves = (context: StoreContext) =>
  describe('the status of a message', () => {
    it('ends for good in superseded and read, and never goes back from delivered', async () => {
      const all = [...(await listMoves(context, 'host')), ...(await listMoves(context, 'vendor'))];
      const from = (state: string) => all.filter((move) => move.startsWith(`${state} >`));
      expect([...from('superseded'), ...from('read'), ...from('received')]).toEqual([]);
      expect(from('delivered')).toEqual(['delivered > read']);
      expect(from('sent').sort()).toEqual(['sent > delivered', 'sent > failed', 'sent > read']);
    });

    it('has a move that leads to each of them', async () => {
      const all = [...(await listMoves(context, 'host')), ...(await listMoves(context, 'vendor'))];
      const reached = new Set(all.map((move) => move.split(' > ')[1]));
      expect([...reached].sort()).toEqual(messageStatuses.toSorted());
    });

    it('is moved out of unknown and out of a final failure by proof alone', async () => {
      const host = await listMoves(context, 'host');
      const vendor = await listMoves(context, 'vendor');
      const to = (list: string[], state: string) =>
        list
          .flatMap((move) => (move.startsWith(`${state} >`) ? [move.split(' > ')[1]] : []))
          .sort();
      expect(to(host, 'failed')).toEqual([]);
      expect(to(vendor, 'failed')).toEqual(['delivered', 'read']);
      expect(to(vendor, 'unknown')).toEqual(['delivered', 'failed', 'read', 'sent']);
    });

    it('is never made worse by a receipt while the message is still to be sent', async () => {
      const vendor = await listMoves(context, 'vendor');
      expect(vendor).not.toContain('queued > failed');
      expect(vendor).not.toContain('composing > failed');
      for (const state of under) expect(vendor).toContain(`${state} > delivered`);
    });

    it('is not moved where there is no such message', async () => {
      const [row] = await context
        .database()
        .query('select crm_api.supersede(gen_random_uuid(), null) as moved');
      expect(row).toEqual({ moved: false });
    });

    it('is moved without storing a long text once more', async () => {
      // Random, so that Postgres cannot make it short enough to be kept in the row.
      const asked = context.request({ work: { content: randomBytes(9000).toString('base64') } });
      const [table] = await context.database().query(`
        select reltoastrelid::regclass as name from pg_class where oid = 'public.messages'::regclass`);
      const copies = async () =>
        z
          .array(z.object({ id: z.number() }))
          .parse(
            await context
              .database()
              .query(`select distinct chunk_id::int as id from ${table?.name} order by 1`),
          );
      const before = await copies();
      await context.store.beginSend(asked);
      const stored = await copies();
      expect(stored).toHaveLength(before.length + 1);
      await context.store.settleSend(context.settlement(asked, context.sent()));
      expect(await context.rowOf(asked.messageId)).toMatchObject({ status: 'sent' });
      expect(await copies()).toEqual(stored);
    });

    it('is written when begin_send stores the message, and otherwise in one function', async () => {
      const writers = await context.database().query(`
        select p.proname as name from pg_proc p
        where p.pronamespace in ('crm_api'::regnamespace, 'public'::regnamespace)
          and (p.prosrc ~ 'update public\\.messages[^;]*[^.]\\mstatus = (?!any)[^;]*where'
            or p.prosrc ~ 'insert into public\\.messages')
        order by 1`);
      expect(writers.map(({ name }) => name)).toEqual([
        'move_message',
        'save_message',
        'store_new',
      ]);
    });

    it('is unknown when a call that could be repeated is abandoned for longer than the message is tried', async () => {
      const policy = {
        providers: ['twilio'],
        repeatable: { twilio: 7200 },
        replyWindowHours: null,
      };
      const begin = async (age: string) => {
        const asked = context.request({ policy });
        await context.store.beginSend(asked);
        await context.database().query(`
          update public.messages set created_at = now() - interval '${age}',
            lease_expires_at = now() - interval '1 s' where id = '${asked.messageId}'`);
        return asked.messageId;
      };
      const [old, fresh] = [await begin('90 minutes'), await begin('5 minutes')];
      await context.claim(old, { messageId: null, most: 50 });
      expect(await context.rowOf(old)).toMatchObject({ status: 'unknown' });
      expect(await context.rowOf(fresh)).toMatchObject({ status: 'sending', tries: 2 });
    });

    it('is unknown when a call is abandoned for longer than its provider remembers it', async () => {
      const policy = { providers: ['twilio'], repeatable: { twilio: 60 }, replyWindowHours: null };
      const abandon = async (remembered: string) => {
        const asked = context.request({ policy });
        await context.store.beginSend(asked);
        await context.expireLease(asked.messageId);
        await context.database().query(`
          update public.messages set repeat_until = repeat_until + interval '${remembered}'
          where id = '${asked.messageId}'`);
        return asked.messageId;
      };
      const [forgotten, known] = [await abandon('-61 s'), await abandon('0 s')];
      await context.claim(forgotten, { messageId: null, most: 50 });
      expect(await context.rowOf(forgotten)).toMatchObject({ status: 'unknown' });
      expect(await context.rowOf(known)).toMatchObject({ status: 'sending', tries: 2 });
    });
  });
