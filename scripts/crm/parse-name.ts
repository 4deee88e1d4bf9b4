import { InvalidArgumentError } from '@commander-js/extra-typings';

const longest = 200;

/** A name: not blank, one line, at most 200 characters. */
export const parseName = (text: string): string => {
  const name = text.trim();
  if (name.length >= 1 && name.length <= longest && !/\p{Cc}/u.test(name)) return name;
  throw new InvalidArgumentError(`Say a name of 1 to ${longest} characters, on one line.`);
};
