export type Random = {
  /** From 0, below 1. */
  next(): number;
  /** From min, below max. */
  between(min: number, max: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly [T, ...T[]]): T;
};

const hash = (text: string): number =>
  [...text].reduce((sum, unit) => Math.imul(sum ^ unit.charCodeAt(0), 16_777_619), 2_166_136_261);

/** A generator (mulberry32): the same seed gives the same numbers, and each stream has its own. */
export const createRandom = (seed: number, stream: string): Random => {
  let state = hash(`${seed}:${stream}`);
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    between: (min, max) => min + next() * (max - min),
    chance: (probability) => next() < probability,
    pick: (list) => list[Math.floor(next() * list.length)] ?? list[0],
  };
};
