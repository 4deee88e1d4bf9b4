import type { StoredRow } from './history.ts';
import type { Word } from './word.ts';

/** What is known of one send in the end: of the database, the vendor and the client. */
export type Evidence = {
  readonly rows: readonly StoredRow[];
  /** The texts that a vendor took. */
  readonly taken: readonly string[];
  /** What each of its clients was told last. */
  readonly words: readonly Word[];
  /** A client was told 200 or 202 at some time. */
  readonly promised: boolean;
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

const listRowLies = ({ status, content }: StoredRow, taken: readonly string[]): string[] => {
  if (arrived.has(status) && taken.length === 0) return ['the row is sent, and no vendor took it'];
  if (status === 'failed' && taken.length > 0) return ['the row is failed, and a vendor took it'];
  return taken
    .filter((text) => text !== content)
    .map((text) => `the row has ${JSON.stringify(content)}, the vendor ${JSON.stringify(text)}`);
};

const listWordLies = (word: Word, taken: readonly string[]): string[] => {
  if (word.type === 'sent') {
    if (taken.length === 0) return ['a client was told sent, and no vendor took it'];
    return taken.includes(word.text ?? '') ? [] : ['a client was told of another text'];
  }
  return word.type === 'failed' && taken.length > 0
    ? [`a client was told ${word.code}, ${word.retry}, and a vendor took it`]
    : [];
};

/** Compares what the vendor took with what the database says and with what the clients were told. */
export const judge = (evidence: Evidence): Verdict => {
  const { rows, taken, words } = evidence;
  const unknownToUs =
    rows.length === 0 && taken.length > 0 ? ['a vendor took it, and there is no row'] : [];
  return {
    twice: taken.length > 1,
    lost: findLoss(evidence),
    lies: [
      ...unknownToUs,
      ...rows.flatMap((row) => listRowLies(row, taken)),
      ...words.flatMap((word) => listWordLies(word, taken)),
    ],
  };
};
