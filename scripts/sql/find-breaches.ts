import type { SqlFile } from '../migration/project.ts';
import { findForwardReferences } from './order.ts';
import { readStatements, type Statement } from './read-statements.ts';
import { findUpperCase, functionName, functionRules, longestLine } from './rules.ts';

type Breach = {
  readonly rule: string;
  /** The function or file that breaks it. */
  readonly subject: string;
  /** Such as `supabase/schemas/43_begin_send.sql:12`. */
  readonly place: string;
  readonly words: string;
};

const placeOf = (file: string, line: number): string => `supabase/schemas/${file}:${line}`;

const breach = (rule: string, statement: Statement, words: string): Breach => {
  const subject = functionName(statement) ?? statement.file;
  return { rule, subject, place: placeOf(statement.file, statement.line), words };
};

const findLongLines = ({ name, sql }: SqlFile): readonly Breach[] =>
  sql.split('\n').flatMap((line, index) => {
    const words =
      line.length > longestLine
        ? `${line.length} characters in a line, more than ${longestLine}`
        : 'a space at the end of the line';
    if (line.length <= longestLine && !/\s$/.test(line)) return [];
    return [{ rule: 'line', subject: name, place: placeOf(name, index + 1), words }];
  });

/** The places where the SQL of these files, in the order in which they are applied, breaks a rule of the house. */
export const findBreaches = (files: readonly SqlFile[]): readonly Breach[] => {
  const statements = files.flatMap(({ name, sql }) => readStatements(name, sql));
  const functions = statements.filter((statement) => functionName(statement) !== null);
  return [
    ...files.flatMap(findLongLines),
    ...statements.flatMap((one) => findUpperCase(one).map((words) => breach('case', one, words))),
    ...findForwardReferences(statements).map(([one, words]) => breach('order', one, words)),
    ...Object.entries(functionRules).flatMap(([rule, look]) =>
      functions.flatMap((one) => look(one).map((words) => breach(rule, one, words))),
    ),
  ];
};
