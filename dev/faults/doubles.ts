import { type Model, type ModelAnswer, startModel } from '../model.ts';
import type { Misbehave } from '../vendors/faults.ts';
import { startVendors, type Vendors } from '../vendors/index.ts';

export type Doubles = {
  readonly vendors: Vendors;
  readonly model: Model;
  /** From each host of a vendor or a model to its double. */
  readonly origins: Readonly<Record<string, string>>;
  stop(): Promise<void>;
};

export type DoublesOptions = {
  /** What a good send meets. */
  readonly misbehave?: Misbehave;
  readonly answer: ModelAnswer;
};

export const startDoubles = async ({ misbehave, answer }: DoublesOptions): Promise<Doubles> => {
  const vendors = await startVendors(misbehave === undefined ? {} : { misbehave });
  const model = await startModel({ answer });
  const origins = {
    ...vendors.origins,
    'api.openai.com': model.origin,
    'api.anthropic.com': model.origin,
  };
  const stop = async () => {
    await Promise.all([vendors.stop(), model.stop()]);
  };
  return { vendors, model, origins, stop };
};

/** Marks a send, so that it is known wherever its words turn up. */
export const createMarker = (number: number): string => `REF${String(number).padStart(6, '0')}`;

/** The last one: what a model is asked for comes after the messages before. */
export const markerOf = (text: string): string => /.*(REF\d{6})/s.exec(text)?.[1] ?? 'nothing';

/** Writes about what it is asked for, each time in other words. */
export const createWriter = () => {
  let written = 0;
  return (asked: string): string => {
    written += 1;
    return `Hi Jane, this is answer ${written} to ${markerOf(asked)}.`;
  };
};
