import { createMarker } from '../doubles.ts';
import { type MatrixFault, outages, points } from './faulty-fetch.ts';
import { type Kind, kinds, toRequest } from './kinds.ts';
import type { World } from './world.ts';

/** When the client comes back after the process was killed. */
const comebacks = ['at once', 'before the sweeper', 'after the sweeper'] as const;

export type MatrixPoint = {
  readonly kind: Kind;
  readonly fault: MatrixFault;
  /** The name of the call at which it happens. */
  readonly call: string;
  readonly comeback: (typeof comebacks)[number];
};

/** The calls that a send of this kind makes when nothing fails. */
const listCalls = async (world: World, kind: Kind, index: number): Promise<readonly string[]> => {
  const instance = world.startInstance(null);
  const { status } = await instance.request('/send-message', toRequest(kind, createMarker(index)));
  await instance.drain();
  if (status >= 300) throw new Error(`Without a fault, a send was answered ${status}.`);
  return instance.calls;
};

const listKills = (at: number): MatrixFault[] =>
  points.map((point) => ({ type: 'kill', at, point }) as const);

const listOutages = (call: string, at: number): MatrixFault[] =>
  call === 'model' || call === 'provider'
    ? []
    : outages.map((how) => ({ type: 'database', at, how }) as const);

const toPoints = (kind: Kind, calls: readonly string[]): MatrixPoint[] =>
  calls.flatMap((call, at) => [
    ...listKills(at).flatMap((fault) =>
      comebacks.map((comeback) => ({ kind, fault, call, comeback })),
    ),
    ...listOutages(call, at).map((fault) => ({ kind, fault, call, comeback: 'at once' }) as const),
  ]);

/** Every call of every kind of send, with everything that can happen to it. */
export const listPoints = async (world: World): Promise<readonly MatrixPoint[]> => {
  const listed: MatrixPoint[] = [];
  for (const [index, kind] of kinds.entries()) {
    listed.push(...toPoints(kind, await listCalls(world, kind, 900_000 + index)));
  }
  return listed;
};
