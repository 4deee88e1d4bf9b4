import type { Sql } from 'postgres';
import { createCall } from './call-function.ts';
import type { Caller, Step } from './message-life.ts';
import type { PlainTarget } from './pick-targets.ts';
import { listPlainStatements } from './plain-send.ts';
import { playSteps } from './play-steps.ts';

/** Takes one message from its beginning to its end. */
export type Send = (target: PlainTarget) => Promise<void>;

export const sendThroughFunctions = (sql: Sql, list: (caller: Caller) => Step[]): Send => {
  const call = createCall(sql);
  return ({ caller }) => playSteps(call, list(caller));
};

export const sendPlainly =
  (sql: Sql): Send =>
  async (target) => {
    for (const { text, values } of listPlainStatements(target)) {
      await sql.unsafe(text, [...values], { prepare: true });
    }
  };
