import type { Sql } from 'postgres';
import { type CallFunction, createCall, createExplain } from './call-function.ts';
import { connect } from './connect.ts';
import { type Caller, listSteps } from './message-life.ts';
import { createCosts, explainSteps, timeSteps } from './play-steps.ts';
import type { Stored } from './stored.ts';

export const aims = ['longest', 'ordinary'] as const;
/** The conversation that the calls are for: the one with most messages, or any other. */
export type Aim = (typeof aims)[number];

const createCostsByAim = <Cost>() => ({
  longest: createCosts<Cost>(),
  ordinary: createCosts<Cost>(),
});

/** One connection to one Postgres, and the cost of its calls so far. */
export const createMeasure = (stored: Stored) => {
  const sql: Sql = connect(stored.postgres, 1);
  const call: CallFunction = createCall(sql);
  const explain = createExplain(sql);
  /** Milliseconds that the caller waited, by round. */
  const rounds: ReturnType<typeof createCostsByAim<number>>[] = [];
  const buffers = createCostsByAim<number>();
  const draw = (aim: Aim): Caller => (aim === 'longest' ? stored.longest : stored.drawOrdinary());
  return {
    stored,
    buffers,
    rounds,
    async warmUp(lives: number) {
      for (let life = 0; life < lives; life += 1) {
        for (const aim of aims) await timeSteps(call, listSteps(draw(aim)), () => {});
      }
    },
    async time(round: number) {
      rounds[round] ??= createCostsByAim<number>();
      for (const aim of aims) {
        await timeSteps(call, listSteps(draw(aim)), rounds[round][aim].add);
      }
    },
    async explain() {
      for (const aim of aims) {
        const add = (label: string, cost: { readonly buffers: number }) =>
          buffers[aim].add(label, cost.buffers);
        await explainSteps(explain, listSteps(draw(aim)), add);
      }
    },
    stop: () => sql.end(),
  };
};

export type Measure = ReturnType<typeof createMeasure>;
