import { type Evidence, judge } from '../judge.ts';
import { isEnd, saysNothingWasSent, type Word } from '../word.ts';

type PointEvidence = Pick<Evidence, 'rows' | 'taken'> & { readonly words: readonly Word[] };

const same = (one: Word, other: Word): boolean => JSON.stringify(one) === JSON.stringify(other);

/** A client that comes back must be told the same, except one that was told "sent" for a row that could not be settled. */
const listChanges = (words: readonly Word[]): string[] => {
  const finals = words.filter((word) => isEnd(word) && word.type !== 'failed');
  return finals.slice(1).flatMap((word, index) => {
    const before = finals[index] ?? word;
    if (same(before, word) || (before.type === 'sent' && word.type === 'unknown')) return [];
    return [`the client was told ${before.type}, then ${word.type}`];
  });
};

const listEnds = ({ rows, words }: PointEvidence): string[] => {
  const last = words.at(-1)?.type ?? 'nothing';
  return rows.flatMap(({ status }) => {
    if (status === 'sent' && last !== 'sent')
      return [`the row is sent, the client was told ${last}`];
    if (status === 'unknown' && last !== 'unknown')
      return [`the row is unknown, the client was told ${last}`];
    if (status === 'failed' && last !== 'failed')
      return [`the row is failed, the client was told ${last}`];
    return [];
  });
};

/** The broken rules at the end of a point of the matrix. */
export const judgePoint = (evidence: PointEvidence): string[] => {
  const { rows, taken, words } = evidence;
  const promised = words.some(({ type }) => type === 'sent' || type === 'pending');
  const doubtful = !words.every(saysNothingWasSent);
  // A point has one client, and the vendor got everything before that client's last response.
  const told = words.slice(-1).map((word) => ({ word, at: '', othersWentOn: false }));
  const { twice, lost, lies } = judge({ rows, taken, told, promised, doubtful });
  return [
    ...(twice ? [`a vendor took it ${taken.length} times`] : []),
    ...(lost === null ? [] : [`lost: ${lost}`]),
    ...lies,
    ...(rows.length === 1 ? [] : [`there are ${rows.length} rows`]),
    ...rows.flatMap(({ leased, texts }) => [
      ...(leased ? ['a lease is left'] : []),
      ...(texts > 1 ? [`it had ${texts} texts`] : []),
    ]),
    ...listEnds(evidence),
    ...listChanges(words),
  ];
};
