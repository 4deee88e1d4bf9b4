import type { Json } from './database.types.ts';

// Documents that are passed on as they are: their keys are a vendor's, a contact's or another file's.
const passedOn: ReadonlySet<string> = new Set([
  'attachments',
  'details',
  'error',
  'parts',
  'repeatable',
]);

type ToWord = (word: string) => string;

/** The words are those of our own requests and results, so there are few, and each is converted once. */
const remembering = (convert: ToWord): ToWord => {
  const known = new Map<string, string>();
  return (word) => {
    const before = known.get(word);
    if (before !== undefined) return before;
    const converted = convert(word);
    known.set(word, converted);
    return converted;
  };
};

const asItIs: ToWord = (word) => word;

const toSnakeWord = remembering((word) =>
  word.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
);

const toCamelWord = remembering((word) =>
  word.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
);

const mapKeys = (value: unknown, toWord: ToWord): Json => {
  if (value === null || typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map((item) => mapKeys(item, toWord));
  if (typeof value !== 'object') throw new TypeError(`${typeof value} is no JSON`);
  const mapped: Record<string, Json> = {};
  for (const [key, field] of Object.entries(value)) {
    if (field === undefined) continue;
    mapped[toWord(key)] = mapKeys(field, passedOn.has(key) ? asItIs : toWord);
  }
  return mapped;
};

/** A result of the database, its keys in camelCase. */
export const toCamelCase = (result: unknown): Json => mapKeys(result, toCamelWord);

/** A request to the database, its keys in snake_case. */
export const toSnakeCase = (request: unknown): Json => mapKeys(request, toSnakeWord);
