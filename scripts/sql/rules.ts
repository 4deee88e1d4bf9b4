import type { Statement } from './read-statements.ts';

export const longestLine = 120;
const mostLines = 39;
const mostParameters = 8;

const functionHead = /^create function ((?:public|crm_api)\.\w+)\s*\(/;

/** The name of the function that a statement makes, and null of any other statement. */
export const functionName = ({ code }: Statement): string | null =>
  functionHead.exec(code)?.[1] ?? null;

/** The parameters of a function, as they are written. */
const readParameters = (code: string): readonly string[] => {
  const start = code.indexOf('(') + 1;
  const parameters = [''];
  let depth = 0;
  for (const character of code.slice(start)) {
    if (character === ')' && depth === 0) break;
    depth += Number(character === '(') - Number(character === ')');
    if (character === ',' && depth === 0) parameters.push('');
    else parameters.push(`${parameters.pop() ?? ''}${character}`);
  }
  return parameters.map((one) => one.trim()).filter((one) => one !== '');
};

const lines = ({ text }: Statement): readonly string[] => {
  const count = text.split('\n').length;
  return count > mostLines
    ? [`it has ${count} lines, and at most ${mostLines} can be read at once`]
    : [];
};

const parameters = ({ code }: Statement): readonly string[] => {
  const { length } = readParameters(code);
  return length > mostParameters
    ? [`it has ${length} parameters, more than ${mostParameters}: hand it one document`]
    : [];
};

const assigned = ({ code }: Statement): readonly string[] => {
  const direct = [
    ...code.matchAll(/(?:;|\bthen|\belse|\bloop|\bbegin)\s*(p_\w+)(?:\.\w+)?\s*:?=/g),
  ];
  const selected = [...code.matchAll(/\binto\s+(?:strict\s+)?(?:\w+\s*,\s*)*(p_\w+)/g)];
  const names = new Set([...direct, ...selected].map(([, name]) => name));
  return [...names].map((name) => `it assigns to its parameter ${name}: declare a variable`);
};

const searchPath = ({ text }: Statement): readonly string[] =>
  /^set search_path = ''$/m.test(text)
    ? []
    : [`it has no line \`set search_path = ''\`, so whoever calls it decides which names it finds`];

const comment = (statement: Statement): readonly string[] =>
  functionName(statement)?.startsWith('public.') && !statement.commented
    ? ['it is called from outside, and no comment above it says for what']
    : [];

/** The rules for a function, each with one sentence for each breach. */
export const functionRules = { lines, parameters, assigned, 'search path': searchPath, comment };

/** Upper-case letters outside of quotes and comments are keywords: no name of ours has one. */
export const findUpperCase = ({ code }: Statement): readonly string[] =>
  [...new Set(code.match(/\b\w*[A-Z]\w*\b/g) ?? [])].map(
    (word) => `${word} is written in lower case`,
  );
