import type { Sql } from 'postgres';
import { createExplain, explainStatement } from './call-function.ts';
import { listManual } from './message-life.ts';
import type { PlainTarget } from './pick-targets.ts';
import { listPlainStatements } from './plain-send.ts';
import { explainSteps } from './play-steps.ts';

const sum = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0);

/** Buffers of a manual, synchronous message to each of the targets, through the functions. */
export const explainFunctions = async (
  sql: Sql,
  targets: readonly PlainTarget[],
): Promise<number[]> => {
  const explain = createExplain(sql);
  const messages: number[] = [];
  for (const { caller } of targets) {
    const calls: number[] = [];
    await explainSteps(explain, listManual(caller), (_, { buffers }) => calls.push(buffers));
    messages.push(sum(calls));
  }
  return messages;
};

/** The same, through plain statements. */
export const explainPlain = async (
  sql: Sql,
  targets: readonly PlainTarget[],
): Promise<number[]> => {
  const messages: number[] = [];
  for (const target of targets) {
    const calls: number[] = [];
    for (const { text, values } of listPlainStatements(target)) {
      calls.push((await explainStatement(sql, text, values)).buffers);
    }
    messages.push(sum(calls));
  }
  return messages;
};
