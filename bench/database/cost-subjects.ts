import type { Sql } from 'postgres';
import type { Postgres } from '../../dev/machine/postgres.ts';
import { connect } from './connect.ts';
import { listClaimed, listManual } from './message-life.ts';
import type { PlainTarget } from './pick-targets.ts';
import { type Send, sendPlainly, sendThroughFunctions } from './send.ts';

/** A program that takes messages from begin to end in a Postgres. */
export type CostSubject = {
  /** The name of its backends in pg_stat_activity. */
  readonly name: string;
  /** How many statements it makes for a message, each a round trip. */
  readonly statements: string;
  /** Sends that many messages, one after the other. */
  send(messages: number): Promise<void>;
  stop(): Promise<void>;
};

/** One connection, whose messages go to the targets in turn. */
const createSubject = async (
  postgres: Postgres,
  targets: readonly PlainTarget[],
  shown: Pick<CostSubject, 'name' | 'statements'>,
  sendOver: (sql: Sql) => Send,
): Promise<CostSubject> => {
  const sql = connect(postgres, 1, shown.name);
  const send = sendOver(sql);
  let sent = 0;
  return {
    ...shown,
    async send(messages) {
      for (const last = sent + messages; sent < last; sent += 1) {
        const target = targets[sent % targets.length];
        if (target !== undefined) await send(target);
      }
    },
    stop: () => sql.end(),
  };
};

type Create = (postgres: Postgres, targets: readonly PlainTarget[]) => Promise<CostSubject>;

export const createPlain: Create = (postgres, targets) =>
  createSubject(postgres, targets, { name: 'plain statements', statements: '2' }, sendPlainly);

export const createSynchronous: Create = (postgres, targets) =>
  createSubject(postgres, targets, { name: 'crm-api, synchronous', statements: '2' }, (sql) =>
    sendThroughFunctions(sql, listManual),
  );

/** Queued, and claimed by a worker that takes one at a time. */
export const createAsynchronous: Create = (postgres, targets) =>
  createSubject(postgres, targets, { name: 'crm-api, asynchronous', statements: '3' }, (sql) =>
    sendThroughFunctions(sql, (caller) => listClaimed(caller, 1)),
  );
