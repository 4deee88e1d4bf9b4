import { InvalidArgumentError } from '@commander-js/extra-typings';

/** A whole number from `least` to `most`. */
export const parseWhole =
  (least: number, most: number) =>
  (text: string): number => {
    const value = /^-?\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Say a whole number from ${least} to ${most}.`);
  };
