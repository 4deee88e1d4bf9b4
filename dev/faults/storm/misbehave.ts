import type { ModelAnswer, ModelTurn } from '../../model.ts';
import type { FaultInput, Misbehave, VendorHost } from '../../vendors/faults.ts';
import { createWriter } from '../doubles.ts';
import type { Random } from '../random.ts';

/** A fault: its probability, its name, and what it does. */
type Share<T> = readonly [probability: number, name: string, value: T];

const atHost = (host: VendorHost): readonly Share<FaultInput>[] => [
  [0.03, '429', { host, type: 'status', status: 429 }],
  [0.03, '429, Retry-After', { host, type: 'status', status: 429, retryAfter: 1 }],
  [0.02, '500', { host, type: 'status', status: 500 }],
  [0.01, '500, taken', { host, type: 'status', status: 500, taken: true }],
  [0.03, '503', { host, type: 'status', status: 503 }],
  [0.01, 'hangs', { host, type: 'hang_before' }],
  [0.01, 'takes, then hangs', { host, type: 'take_then_hang' }],
  [0.02, 'cuts', { host, type: 'cut_before' }],
  [0.02, 'takes, then cuts', { host, type: 'take_then_cut' }],
  [0.01, 'garbage', { host, type: 'garbage' }],
  [0.01, 'truncated', { host, type: 'take_then_truncate' }],
  [0.04, 'slow', { host, type: 'delay', ms: 2_000 }],
  [0.01, 'very slow', { host, type: 'delay', ms: 7_000 }],
];

type Trouble = Exclude<ModelTurn, { type: 'reply' }>;
const modelFaults: readonly Share<Trouble>[] = [
  [0.02, '429', { type: 'error', status: 429, retryAfter: 1 }],
  [0.02, '500', { type: 'error', status: 500 }],
  [0.02, '503', { type: 'error', status: 503 }],
  [0.02, 'empty', { type: 'empty' }],
  [0.04, 'slow', { type: 'late', ms: 2_000, text: '' }],
  [0.02, 'very slow', { type: 'late', ms: 7_000, text: '' }],
];

const draw = <T>(shares: readonly Share<T>[], random: Random): Share<T> | null => {
  let left = random.next();
  for (const share of shares) {
    left -= share[0];
    if (left < 0) return share;
  }
  return null;
};

export type Weather = {
  readonly misbehave: Misbehave;
  readonly answer: ModelAnswer;
  /** From now on nothing fails. */
  clearUp(): void;
  /** The faults that happened, and how often. */
  readonly counts: ReadonlyMap<string, number>;
};

/** The faults of vendors and models, drawn again for each call. */
export const createWeather = (vendors: Random, models: Random): Weather => {
  const counts = new Map<string, number>();
  const write = createWriter();
  let stormy = true;
  const happen = <T>(who: string, shares: readonly Share<T>[], random: Random): T | null => {
    const share = stormy ? draw(shares, random) : null;
    if (share === null) return null;
    const name = `${who} ${share[1]}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    return share[2];
  };
  return {
    counts,
    misbehave: (host) => happen('vendor', atHost(host), vendors),
    answer: (asked) => {
      const fault = happen('model', modelFaults, models);
      if (fault?.type === 'late') return { ...fault, text: write(asked) };
      return fault ?? { type: 'reply', text: write(asked) };
    },
    clearUp: () => {
      stormy = false;
    },
  };
};
