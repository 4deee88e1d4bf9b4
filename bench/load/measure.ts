import {
  type Doubles,
  generateLoad,
  type Load,
  type LoadPlan,
  type LoadRequest,
  readCpuMs,
} from './processes.ts';
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

/** The load of a process, and its CPU for each request. Throws if a request failed. */
export const measureCpu = async (
  { name, pid }: Subject,
  load: () => Promise<Load>,
): Promise<Load & { readonly cpuMs: number }> => {
  const cpuBefore = await readCpuMs(pid);
  const loaded = await load();
  const cpuMs = ((await readCpuMs(pid)) - cpuBefore) / loaded.requests;
  if (loaded.failed > 0 || loaded.requests === 0) {
    throw new Error(`${name}: ${loaded.failed} requests failed, ${loaded.requests} did not.`);
  }
  return { ...loaded, cpuMs };
};

const measureLoad = async (
  { subject, doubles, request, calls }: Target,
  plan: LoadPlan,
): Promise<Measured> => {
  await doubles.takeCounts();
  const measured = await measureCpu(subject, () => generateLoad(request, plan));
  return { ...measured, heldMs: heldPerMessage(await doubles.takeCounts(), calls) };
};

/** The figures of each subject, one for each round. */
export type Results<Key, Figures = Measured> = (key: Key) => readonly Figures[];

/** The subjects take turns in each round, forwards and backwards. The round before the first does not count. */
export const takeTurns = async <Key extends string, Figures>(
  keys: readonly Key[],
  rounds: number,
  measure: (key: Key) => Promise<Figures>,
): Promise<Results<Key, Figures>> => {
  const taken: { readonly key: Key; readonly figures: Figures }[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    for (const key of round % 2 === 0 ? keys : keys.toReversed()) {
      taken.push({ key, figures: await measure(key) });
    }
  }
  const kept = taken.slice(keys.length);
  return (wanted) => kept.filter(({ key }) => key === wanted).map(({ figures }) => figures);
};

export const measureInTurn = <Key extends string>(
  targets: Readonly<Record<Key, Target>>,
  keys: readonly Key[],
  rounds: number,
  plan: LoadPlan,
): Promise<Results<Key>> => takeTurns(keys, rounds, (key) => measureLoad(targets[key], plan));
