import { cleanTyped } from '../typed-text.ts';

const columns = ['name', 'firstName', 'lastName', 'phone', 'email', 'conversationId'] as const;

export type Column = (typeof columns)[number];

export type Header = {
  /** The place of each value in a line. */
  readonly positions: Readonly<Partial<Record<Column, number>>>;
  /** The columns that are not read, by the file's names. */
  readonly ignored: readonly string[];
  /** How many columns there are. */
  readonly width: number;
};

/** The accepted names of each column; the first is ours. */
const names: Readonly<Record<Column, readonly [string, ...string[]]>> = {
  name: ['name', 'full name', 'contact name'],
  firstName: ['first name', 'firstname', 'given name', 'forename', 'vorname'],
  lastName: ['last name', 'lastname', 'surname', 'family name', 'nachname', 'familienname'],
  phone: [
    'phone',
    'phone number',
    'telephone',
    'telephone number',
    'telefon',
    'telefonnummer',
    'handy',
    'handynummer',
    'mobil',
    'mobilnummer',
    'mobile',
    'mobile number',
    'mobile phone',
    'cell',
    'cell phone',
  ],
  email: ['email', 'e-mail', 'email address', 'e-mail address', 'e-mail-adresse'],
  conversationId: ['conversation_id', 'conversation', 'external id', 'external conversation id'],
};

const spell = (heading: string): string =>
  cleanTyped(heading)
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, ' ');

const spellings: ReadonlyMap<string, Column> = new Map(
  columns.flatMap((column) => names[column].map((name) => [spell(name), column] as const)),
);

/** For people: a line for each column. */
export const columnsHelp: string = columns
  .map((column) => `  ${names[column].join(', ')}`)
  .join('\n');

/** Reads a file's first line. Throws if it does not name the columns, without repeating it: it may be a person. */
export const parseHeader = (headings: readonly string[]): Header => {
  const positions: Partial<Record<Column, number>> = {};
  const ignored: string[] = [];
  for (const [position, heading] of headings.entries()) {
    const column = spellings.get(spell(heading));
    if (column === undefined) {
      if (heading.trim() !== '') ignored.push(heading.trim());
    } else if (positions[column] === undefined) positions[column] = position;
    else throw new Error(`The file has two columns for ${names[column][0]}: leave one of them.`);
  }
  if (positions.phone === undefined && positions.email === undefined) {
    throw new Error(
      `The file's first line has to name the columns: phone or email or both, and if you like the others. Each may be called:\n\n${columnsHelp}`,
    );
  }
  return { positions, ignored, width: headings.length };
};
