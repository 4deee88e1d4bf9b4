import { toWireId } from '../../src/lib/message-id.ts';
import type { StoredRow } from './history.ts';
import type { Word } from './word.ts';

/** A message that a vendor took. */
export type Taken = {
  readonly text: string;
  /** Our id of it, as it is written on the wire. */
  readonly ourMessageId: string | null;
  /** ISO 8601. */
  readonly receivedAt: string;
};

/** What one client was told last. */
type Told = {
  readonly word: Word;
  /** ISO 8601. */
  readonly at: string;
  /** Another client of the same send asked on after that, as it may. */
  readonly othersWentOn: boolean;
};

/** What is known of one send in the end: of the database, the vendor and the clients. */
export type Evidence = {
  readonly rows: readonly StoredRow[];
  readonly taken: readonly Taken[];
  /** By each of its clients. */
  readonly told: readonly Told[];
  /** A client was told 200 or 202 at some time. */
  readonly promised: boolean;
  /** Some request got no answer, or another one than that nothing was sent. */
  readonly doubtful: boolean;
};

export type Verdict = {
  readonly twice: boolean;
  /** Why it counts as lost; null: it does not. */
  readonly lost: string | null;
  /** What contradicts what; none: nothing does. */
  readonly lies: readonly string[];
};

const ended = new Set(['sent', 'delivered', 'read', 'failed', 'unknown']);
const arrived = new Set(['sent', 'delivered', 'read']);

const findLoss = ({ rows, promised }: Evidence): string | null => {
  const open = rows.find(({ status }) => !ended.has(status));
  if (open) return `the row was left ${open.status}`;
  return promised && rows.length === 0 ? 'a client was told 200 or 202, and there is no row' : null;
};

const listRowLies = (row: StoredRow, all: readonly Taken[]): string[] => {
  const taken = all.filter(({ ourMessageId }) => ourMessageId === toWireId(row.id));
  if (arrived.has(row.status) && taken.length === 0)
    return ['the row is sent, and no vendor took it'];
  if (row.status === 'failed' && taken.length > 0)
    return ['the row is failed, and a vendor took it'];
  return taken
    .filter(({ text }) => text !== row.content)
    .map(
      ({ text }) =>
        `the row has ${JSON.stringify(row.content)}, the vendor ${JSON.stringify(text)}`,
    );
};

/**
 * A failure is true when it is told, though another client has the message sent after that. And without the database
 * nobody can know what an earlier request with the same key has done: database_unavailable says that this request has
 * sent nothing, which is a lie where no other request can have been the one.
 */
const isExcused = ({ word, at, othersWentOn }: Told, { taken, doubtful }: Evidence): boolean =>
  (othersWentOn && taken.every(({ receivedAt }) => receivedAt > at)) ||
  (word.type === 'failed' && word.code === 'database_unavailable' && doubtful);

const listWordLies = (told: Told, evidence: Evidence): string[] => {
  const { taken } = evidence;
  const { word } = told;
  if (word.type === 'sent') {
    if (taken.length === 0) return ['a client was told sent, and no vendor took it'];
    return taken.some(({ text }) => text === word.text)
      ? []
      : ['a client was told of another text'];
  }
  if (word.type !== 'failed' || taken.length === 0 || isExcused(told, evidence)) return [];
  return [`a client was told ${word.code}, ${word.retry}, and a vendor took it`];
};

/** Compares what the vendor took with what the database says and with what the clients were told. */
export const judge = (evidence: Evidence): Verdict => {
  const { rows, taken, told } = evidence;
  const ids = new Set(rows.map(({ id }) => toWireId(id)));
  const strangers = taken.filter(({ ourMessageId }) => !ids.has(ourMessageId ?? ''));
  return {
    twice: taken.length > 1,
    lost: findLoss(evidence),
    lies: [
      ...strangers.map(() => 'a vendor took it, and there is no row'),
      ...rows.flatMap((row) => listRowLies(row, taken)),
      ...told.flatMap((each) => listWordLies(each, evidence)),
    ],
  };
};
