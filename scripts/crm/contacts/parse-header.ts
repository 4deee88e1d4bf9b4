export type Column = 'name' | 'phone' | 'email' | 'conversationId';

export type Header = {
  /** Where each value stands in a line. */
  readonly positions: Readonly<Partial<Record<Column, number>>>;
  /** The columns that nobody reads, as the file calls them. */
  readonly ignored: readonly string[];
  /** How many columns there are. */
  readonly width: number;
};

const spellings: Readonly<Record<string, Column>> = {
  name: 'name',
  'full name': 'name',
  'contact name': 'name',
  phone: 'phone',
  'phone number': 'phone',
  mobile: 'phone',
  'mobile phone': 'phone',
  email: 'email',
  'e mail': 'email',
  'email address': 'email',
  'conversation id': 'conversationId',
  conversation: 'conversationId',
  'external id': 'conversationId',
  'external conversation id': 'conversationId',
};

const words: Readonly<Record<Column, string>> = {
  name: 'name',
  phone: 'phone',
  email: 'email',
  conversationId: 'conversation_id',
};

const spell = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, ' ');

const findColumn = (heading: string): Column | undefined =>
  Object.hasOwn(spellings, spell(heading)) ? spellings[spell(heading)] : undefined;

/** Reads a file's first line. Throws when it is none that says what the others hold, without repeating it: it may be a person. */
export const parseHeader = (headings: readonly string[]): Header => {
  const positions: Partial<Record<Column, number>> = {};
  const ignored: string[] = [];
  for (const [position, heading] of headings.entries()) {
    const column = findColumn(heading);
    if (column === undefined) {
      if (heading.trim() !== '') ignored.push(heading.trim());
    } else if (positions[column] === undefined) positions[column] = position;
    else throw new Error(`The file has two columns for ${words[column]}: leave one of them.`);
  }
  if (positions.phone === undefined && positions.email === undefined) {
    throw new Error(
      "The file's first line has to name the columns: phone or email or both, and if you like name and conversation_id.",
    );
  }
  return { positions, ignored, width: headings.length };
};
