import type { Sql } from 'postgres';
import { z } from 'zod';
import { readBackendCpuMs } from './backend-cpu.ts';
import { createCall, createExplain } from './call-function.ts';
import { connect } from './connect.ts';
import { type Caller, listManual, listSteps } from './message-life.ts';
import { createCosts, explainSteps, playSteps, timeSteps } from './play-steps.ts';
import type { Stored } from './stored.ts';

export const aims = ['longest', 'ordinary'] as const;
/** The conversation that the calls are for: the one with most messages, or any other. */
export type Aim = (typeof aims)[number];

const createCostsByAim = <Cost>() => ({
  longest: createCosts<Cost>(),
  ordinary: createCosts<Cost>(),
});

const pidSchema = z.tuple([z.object({ pid: z.number() })]);

const findBackend = async (sql: Sql): Promise<number> =>
  pidSchema.parse([...(await sql`select pg_backend_pid() as pid`)])[0].pid;

/** One connection to one Postgres, and the cost of its calls so far. `title` says how many messages are stored. */
export const createMeasure = (stored: Stored, title: string) => {
  const sql = connect(stored.postgres, 1);
  const pid = findBackend(sql);
  const readMs = async () => readBackendCpuMs(await pid);
  const call = createCall(sql);
  const explain = createExplain(sql);
  /** Milliseconds of CPU that the backend used, by round. */
  const rounds: ReturnType<typeof createCostsByAim<number>>[] = [];
  const buffers = createCostsByAim<number>();
  const draw = (aim: Aim): Caller => (aim === 'longest' ? stored.longest : stored.drawOrdinary());
  return {
    stored,
    title,
    buffers,
    rounds,
    /** Messages in turn to the longest conversation and to another. */
    async send(messages: number) {
      for (let sent = 0; sent < messages; sent += 1) {
        await playSteps(call, listManual(draw(sent % 2 === 0 ? 'longest' : 'ordinary')));
      }
    },
    async warmUp(lives: number) {
      for (let life = 0; life < lives; life += 1) {
        for (const aim of aims) await playSteps(call, listSteps(draw(aim)));
      }
    },
    async time(round: number) {
      rounds[round] ??= createCostsByAim<number>();
      // The other programs had the processor's caches: the first call that is measured should not pay for that.
      await playSteps(call, listManual(stored.drawOrdinary()));
      for (const aim of aims) {
        await timeSteps(call, readMs, listSteps(draw(aim)), rounds[round][aim].add);
      }
    },
    async explain() {
      for (const aim of aims) {
        const add = (label: string, cost: { readonly buffers: number }) =>
          buffers[aim].add(label, cost.buffers);
        await explainSteps(explain, listSteps(draw(aim)), add);
      }
    },
    async stop() {
      await sql.end();
      await stored.postgres.stop();
    },
  };
};

export type Measure = ReturnType<typeof createMeasure>;
