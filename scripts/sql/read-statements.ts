export type Statement = {
  readonly file: string;
  /** The line on which it begins, without the comment above it. */
  readonly line: number;
  readonly text: string;
  /** The same lines without comments and quoted text: only code is left. */
  readonly code: string;
  readonly commented: boolean;
};

// Comments before quotes, because an apostrophe in a comment opens nothing.
const tokens = /--[^\n]*|'(?:[^']|'')*'|\$\$|;/g;

const toCode = (text: string): string =>
  text.replace(/--[^\n]*|'(?:[^']|'')*'/g, (found) => found.replace(/[^\n]/g, ' '));

const findEnds = (sql: string): readonly number[] => {
  const ends: number[] = [];
  let inBody = false;
  for (const { 0: token, index } of sql.matchAll(tokens)) {
    if (token === '$$') inBody = !inBody;
    else if (token === ';' && !inBody) ends.push(index + 1);
  }
  return ends;
};

const leading = /^(?:\s*(?:--[^\n]*)?\n)*/;

/** The statements of one file, in their order. */
export const readStatements = (file: string, sql: string): readonly Statement[] => {
  const ends = findEnds(sql);
  return ends.map((end, index) => {
    const whole = sql.slice(ends[index - 1] ?? 0, end);
    const [before = ''] = leading.exec(whole) ?? [];
    const text = whole.slice(before.length);
    const line = sql.slice(0, end - text.length).split('\n').length;
    return { file, line, text, code: toCode(text), commented: /(^|\n)--[^\n]*\n$/.test(before) };
  });
};
