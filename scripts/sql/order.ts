import type { Statement } from './read-statements.ts';

const made =
  /^create (?:or replace )?(?:function|table|type|domain|view|schema) ((?:public|crm_api)\.\w+)/;
const used = /\b(?:public|crm_api)\.\w+/g;

/**
 * Finds statements that use something which a later statement makes. Postgres looks into the body of a function only
 * when it is called, so nothing else notices. It follows that two functions never call each other.
 */
export const findForwardReferences = (
  statements: readonly Statement[],
): readonly (readonly [Statement, string])[] => {
  const all = new Set(statements.flatMap(({ code }) => made.exec(code)?.[1] ?? []));
  const known = new Set<string>();
  return statements.flatMap((statement) => {
    const name = made.exec(statement.code)?.[1];
    if (name !== undefined) known.add(name);
    const names = new Set(statement.code.match(used));
    return [...names]
      .filter((one) => !known.has(one))
      .map((one) => {
        const words = all.has(one) ? 'is made further down' : 'nothing makes';
        return [statement, `it uses ${one}, which ${words}`] as const;
      });
  });
};
