import { createMarker, markerOf } from '../doubles.ts';
import { readRows, type StoredRow } from '../history.ts';
import type { Taken } from '../judge.ts';
import { mapInParallel } from '../pool.ts';
import { isEnd, type Word } from '../word.ts';
import { ask, retry } from './client.ts';
import { judgePoint } from './judge-point.ts';
import { nameKind, toRequest } from './kinds.ts';
import { listPoints, type MatrixPoint } from './list-points.ts';
import { startWorld, type World } from './world.ts';

const atOnce = 48;
const rounds = 4;

/** One point under way: its client and the client's responses. */
type Play = {
  readonly point: MatrixPoint;
  readonly marker: string;
  readonly request: RequestInit;
  words: readonly Word[];
};

export type MatrixRow = {
  readonly kind: string;
  readonly call: string;
  readonly fault: string;
  readonly comeback: string;
  readonly row: string;
  readonly taken: number;
  readonly words: readonly Word[];
  /** The broken rules; empty if all hold. */
  readonly problems: readonly string[];
};

const hear = (play: Play, word: Word): void => {
  play.words = [...play.words, word];
};

const lastWord = ({ words }: Play): Word => words.at(-1) ?? { type: 'nothing' };

/** The send that meets the fault. A killed process responds to nobody, except with a 202 that it sent before. */
const act = async (world: World, play: Play): Promise<void> => {
  const { fault, kind } = play.point;
  const instance = world.startInstance(fault);
  const answered = ask(instance, play.request).then(({ word }) => word);
  if (fault.type === 'database') {
    hear(play, await answered);
    await instance.drain();
    return;
  }
  const gone = kind.async && fault.at > 0 ? await answered : ({ type: 'nothing' } as const);
  hear(play, gone);
  await instance.death;
};

const comeBack = async (world: World, play: Play): Promise<void> => {
  const instance = world.startInstance(null);
  hear(play, await retry(instance, play.request));
  await instance.drain();
};

const describeFault = ({ fault }: MatrixPoint): string =>
  fault.type === 'kill' ? `killed ${fault.point}` : `database ${fault.how}`;

const toRow = (play: Play, rows: readonly StoredRow[], taken: readonly Taken[]): MatrixRow => ({
  kind: nameKind(play.point.kind),
  call: play.point.call,
  fault: describeFault(play.point),
  comeback: play.point.comeback,
  row: rows.map(({ status }) => status).join(' and ') || 'none',
  taken: taken.length,
  words: play.words,
  problems: judgePoint({ rows, taken, words: play.words }),
});

const compare = async (world: World, plays: readonly Play[]): Promise<readonly MatrixRow[]> => {
  const rows = Map.groupBy(await readRows(world.database.query), ({ said }) => markerOf(said));
  const sent = Map.groupBy(world.doubles.vendors.sent(), ({ text }) => markerOf(text));
  return plays.map((play) => toRow(play, rows.get(play.marker) ?? [], sent.get(play.marker) ?? []));
};

const playAll = async (world: World, plays: readonly Play[]): Promise<void> => {
  const comeBackAll = (chosen: readonly Play[]) =>
    mapInParallel(chosen, atOnce, (play) => comeBack(world, play));
  const whose = (comeback: MatrixPoint['comeback']) =>
    plays.filter(({ point }) => point.comeback === comeback);

  await mapInParallel(plays, atOnce, (play) => act(world, play));
  await comeBackAll(whose('at once'));
  await world.letTimePass();
  await comeBackAll(whose('before the sweeper'));
  await world.sweepAll();
  for (let round = 0; round < rounds; round += 1) {
    await comeBackAll(plays.filter((play) => !isEnd(lastWord(play))));
    await world.sweepAll();
  }
  // Asked again, the response must be the same.
  await comeBackAll(plays);
};

/** Plays every point in one world, and tells how each ended. */
export const runMatrix = async (): Promise<readonly MatrixRow[]> => {
  const world = await startWorld();
  try {
    const points = await listPoints(world);
    const plays = points.map((point, index) => {
      const marker = createMarker(index);
      return { point, marker, request: toRequest(point.kind, marker), words: [] };
    });
    await playAll(world, plays);
    return await compare(world, plays);
  } finally {
    await world.stop();
  }
};
