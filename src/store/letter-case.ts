import type { Json } from './database.types.ts';

// Documents that are passed on unchanged: their keys belong to a vendor, a contact or another file.
const passedOn: ReadonlySet<string> = new Set([
  'attachments',
  'details',
  'error',
  'parts',
  'repeatable',
]);

const asItIs = (word: string): string => word;

const toSnakeWord = (word: string): string =>
  word.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const toCamelWord = (word: string): string =>
  word.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

const mapKeys = (value: unknown, toWord: (word: string) => string): Json => {
  if (value === null || typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map((item) => mapKeys(item, toWord));
  if (typeof value !== 'object') throw new TypeError(`${typeof value} is no JSON`);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .map(([key, field]) => [toWord(key), mapKeys(field, passedOn.has(key) ? asItIs : toWord)]),
  );
};

/** A result of the database, its keys in camelCase. */
export const toCamelCase = (result: unknown): Json => mapKeys(result, toCamelWord);

/** A request to the database, its keys in snake_case. */
export const toSnakeCase = (request: unknown): Json => mapKeys(request, toSnakeWord);
