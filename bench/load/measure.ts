import { type Doubles, generateLoad, type Load, type LoadRequest, readCpuMs } from './processes.ts';
import { type CallsPerMessage, countPerMessage, heldPerMessage } from './round-trips.ts';
import type { Subject } from './subjects.ts';

export type Target = {
  readonly subject: Subject;
  readonly doubles: Doubles;
  readonly request: LoadRequest;
  readonly calls: CallsPerMessage;
};

export type Measured = Load & {
  /** Milliseconds of CPU for a request, of the server alone. */
  readonly cpuMs: number;
  /** Milliseconds that the calls of one message waited. */
  readonly heldMs: number;
};

export type LoadPlan = { readonly connections: number; readonly seconds: number };

const counted = 10;

/** Sends a few requests one after the other, and counts the calls of each. */
export const prepareTarget = async (
  subject: Subject,
  doubles: Doubles,
  { path, ...rest }: Omit<LoadRequest, 'url'> & { readonly path: string },
): Promise<Target> => {
  const request = { ...rest, url: `${subject.baseUrl}${path}` };
  await doubles.takeCounts();
  for (let sent = 0; sent < counted; sent += 1) {
    const { url, method = 'POST', headers = {}, body = null } = request;
    const response = await fetch(url, { method, headers, body });
    const text = await response.text();
    if (!response.ok) throw new Error(`${subject.name} answered ${response.status}: ${text}`);
  }
  const calls = countPerMessage(await doubles.takeCounts(), counted);
  return { subject, doubles, request, calls };
};

/** One load on one server, and its cost. Throws if a request failed. */
const measureLoad = async (
  { subject, doubles, request, calls }: Target,
  { connections, seconds }: LoadPlan,
): Promise<Measured> => {
  await doubles.takeCounts();
  const cpuBefore = await readCpuMs(subject.pid);
  const load = await generateLoad(request, connections, seconds);
  const cpuMs = ((await readCpuMs(subject.pid)) - cpuBefore) / load.requests;
  if (load.failed > 0 || load.requests === 0) {
    throw new Error(`${subject.name}: ${load.failed} requests failed, ${load.requests} did not.`);
  }
  return { ...load, cpuMs, heldMs: heldPerMessage(await doubles.takeCounts(), calls) };
};

/** The figures of each target, one for each round. */
export type Results<Key> = (key: Key) => readonly Measured[];

/** The targets take turns in each round, forwards and backwards. Requests before the first round do not count. */
export const measureInTurn = async <Key extends string>(
  targets: Readonly<Record<Key, Target>>,
  keys: readonly Key[],
  rounds: number,
  plan: LoadPlan,
): Promise<Results<Key>> => {
  const taken: { readonly key: Key; readonly measured: Measured }[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    for (const key of round % 2 === 0 ? keys : keys.toReversed()) {
      taken.push({ key, measured: await measureLoad(targets[key], plan) });
    }
  }
  const kept = taken.slice(keys.length);
  return (wanted) => kept.filter(({ key }) => key === wanted).map(({ measured }) => measured);
};
