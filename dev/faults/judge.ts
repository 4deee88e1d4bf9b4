import { toWireId } from '../../src/lib/message-id.ts';
import type { StoredRow } from './history.ts';
import type { Word } from './word.ts';

/** A message that a vendor got. */
export type Taken = {
  readonly text: string;
  /** Our id of it on the wire. */
  readonly ourMessageId: string | null;
  /** ISO 8601. */
  readonly receivedAt: string;
};

/** The last response that one client got. */
type Told = {
  readonly word: Word;
  /** ISO 8601. */
  readonly at: string;
  /** Another client of the same send continued after that, which is allowed. */
  readonly othersWentOn: boolean;
};

/** All facts about one send in the end: from the database, the vendor and the clients. */
export type Evidence = {
  readonly rows: readonly StoredRow[];
  readonly taken: readonly Taken[];
  /** The last responses of its clients. */
  readonly told: readonly Told[];
  /** A client got 200 or 202 at some time. */
  readonly promised: boolean;
  /** Some request got no response, or one that does not promise that nothing was sent. */
  readonly doubtful: boolean;
};

export type Verdict = {
  readonly twice: boolean;
  /** Why it counts as lost; null if it does not. */
  readonly lost: string | null;
  /** The contradictions; empty if there are none. */
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
 * A failure is true when it is told, even if another client sends the message after that. And without the database
 * nobody can know what an earlier request with the same key did: database_unavailable says that this request sent
 * nothing, which is a lie only if no other request can have sent it.
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

/** Compares what the vendor got with what the database says and what the clients were told. */
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
