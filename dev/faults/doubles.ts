import { type Model, type ModelAnswer, startModel } from '../model.ts';
import type { Misbehave } from '../vendors/faults.ts';
import { startVendors, type Vendors } from '../vendors/index.ts';

export type Doubles = {
  readonly vendors: Vendors;
  readonly model: Model;
  /** From each vendor's or model's host to its double. */
  readonly origins: Readonly<Record<string, string>>;
  stop(): Promise<void>;
};

export type DoublesOptions = {
  /** The outcome of a send when no fault is set. */
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

/** Marks a send's text, so that it is recognised wherever it appears. */
export const createMarker = (number: number): string => `REF${String(number).padStart(6, '0')}`;

/** The last mark: a model is asked for the message that comes last. */
export const markerOf = (text: string): string => /.*(REF\d{6})/s.exec(text)?.[1] ?? 'nothing';

/** Writes about the marked message, each time in other words. */
export const createWriter = () => {
  let written = 0;
  return (asked: string): string => {
    written += 1;
    return `Hi Jane, this is answer ${written} to ${markerOf(asked)}.`;
  };
};
