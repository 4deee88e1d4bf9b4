import type { Vendors } from '../../vendors/index.ts';
import { markerOf } from '../doubles.ts';
import { readHistory, readRows, type StoredRow } from '../history.ts';
import { judge, type Verdict } from '../judge.ts';
import type { RealDatabase } from '../real-database.ts';
import { describeWord } from '../word.ts';
import type { Client } from './client.ts';

type Sent = ReturnType<Vendors['sent']>[number];

/** The end of one send, with all facts about it. */
export type Ending = {
  readonly marker: string;
  readonly clients: readonly Client[];
  readonly rows: readonly StoredRow[];
  readonly taken: readonly Sent[];
  readonly verdict: Verdict;
};

export const isBad = ({ verdict: { twice, lost, lies } }: Ending): boolean =>
  twice || lost !== null || lies.length > 0;

const toEnding = (
  marker: string,
  clients: readonly Client[],
  rows: readonly StoredRow[],
  taken: readonly Sent[],
): Ending => {
  const told = clients.map(({ word, at }) => ({
    word,
    at,
    othersWentOn: clients.some((other) => other.at > at),
  }));
  const promised = clients.some((client) => client.promised);
  const doubtful = clients.some((client) => client.doubtful);
  const verdict = judge({ rows, taken, told, promised, doubtful });
  return { marker, clients, rows, taken, verdict };
};

/** Joins, send by send, what the vendors got, what is stored and what the clients were told. */
export const compare = async (
  clients: readonly Client[],
  { query }: RealDatabase,
  vendors: Vendors,
): Promise<readonly Ending[]> => {
  const rows = Map.groupBy(await readRows(query), ({ said }) => markerOf(said));
  const taken = Map.groupBy(vendors.sent(), ({ text }) => markerOf(text));
  return [...Map.groupBy(clients, ({ plan }) => plan.marker)].map(([marker, those]) =>
    toEnding(marker, those, rows.get(marker) ?? [], taken.get(marker) ?? []),
  );
};

const listProblems = ({ verdict, taken }: Ending): string[] => [
  ...(verdict.twice ? [`reached a vendor ${taken.length} times`] : []),
  ...(verdict.lost === null ? [] : [`lost: ${verdict.lost}`]),
  ...verdict.lies.map((lie) => `lied: ${lie}`),
];

/** Everything that happened to one send, in order. */
export const tellStory = async (ending: Ending, { query }: RealDatabase): Promise<string> => {
  const histories: string[] = [];
  for (const { id } of ending.rows) histories.push(...(await readHistory(query, id)));
  const takings = ending.taken.map(
    ({ receivedAt, vendor, text }) =>
      `${receivedAt} vendor: ${vendor} takes ${JSON.stringify(text)}`,
  );
  const lines = [...ending.clients.flatMap(({ log }) => log), ...takings, ...histories];
  const last = ending.clients.map(({ word }) => describeWord(word)).join(' and ');
  return [
    `${ending.marker}: ${listProblems(ending).join('; ')}`,
    `  ${JSON.stringify(ending.clients[0]?.plan)}`,
    `  told last: ${last}`,
    ...lines.toSorted().map((line) => `  ${line}`),
  ].join('\n');
};
