import postgres from 'postgres';
import { createCall } from './call-function.ts';
import { listSteps } from './message-life.ts';
import { playSteps } from './play-steps.ts';
import type { Stored } from './stored.ts';

/** Calls on one connection, so that both kinds of plans are seen: for the given values, and generic ones that are kept. */
const lives = 12;

const watch = `
  load 'auto_explain';
  set auto_explain.log_min_duration = 0;
  set auto_explain.log_nested_statements = on;
  set auto_explain.log_level = notice;
  set role service_role`;

/** Whether any statement in the functions scans a whole table that grows with the messages. */
export const findSequentialScans = async (stored: Stored): Promise<string[]> => {
  const plans: string[] = [];
  const onnotice = ({ message }: { readonly message?: string }) => plans.push(message ?? '');
  const sql = postgres(stored.postgres.adminUrl, { max: 1, onnotice });
  try {
    await sql.unsafe(watch);
    const call = createCall(sql);
    for (let life = 0; life < lives; life += 1) {
      const caller = life % 2 === 0 ? stored.longest : stored.drawOrdinary();
      await playSteps(call, listSteps(caller));
    }
  } finally {
    await sql.end();
  }
  if (!plans.some((plan) => plan.includes('messages'))) {
    throw new Error('auto_explain showed no plan, so nothing was checked.');
  }
  const scans = plans.flatMap(
    (plan) => plan.match(/Seq Scan on (?:messages|message_attempts)\b/g) ?? [],
  );
  return [...new Set(scans)];
};
