import type { SqlFile } from './project.ts';

// The body is between two $$, or one expression after `return`.
const pattern =
  /(?:^--[^\n]*\n)*^create function ((?:public|crm_api)\.\w+)\s*\([^;$]*(?:\$\$[\s\S]*?\$\$[^;$]*)?;$/gm;

/** The text of each function with the comment above it, by name, in the order of the files. */
export const readFunctionTexts = (files: readonly SqlFile[]): ReadonlyMap<string, string> =>
  new Map(
    files.flatMap(({ sql }) => [...sql.matchAll(pattern)].map(([text, name = '']) => [name, text])),
  );
