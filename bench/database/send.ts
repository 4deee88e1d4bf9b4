import type { Sql } from 'postgres';
import { createCall } from './call-function.ts';
import type { Caller, Step } from './message-life.ts';
import type { PlainTarget } from './pick-targets.ts';
import { listPlainStatements } from './plain-send.ts';
import { assertDone } from './play-steps.ts';

/** Takes one message from its beginning to its end. */
export type Send = (target: PlainTarget) => Promise<void>;

export const sendThroughFunctions = (sql: Sql, list: (caller: Caller) => Step[]): Send => {
  const call = createCall(sql);
  return async ({ caller }) => {
    for (const step of list(caller)) assertDone(step, await call(step.name, step.values));
  };
};

export const sendPlainly =
  (sql: Sql): Send =>
  async (target) => {
    for (const { text, values } of listPlainStatements(target)) {
      await sql.unsafe(text, [...values], { prepare: true });
    }
  };
