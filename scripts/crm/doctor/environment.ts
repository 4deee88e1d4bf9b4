import type { Check } from './check.ts';
import { ok, problem } from './finding.ts';

const toProblem = (line: string, file: string | undefined) => {
  const [, subject = '', remedy = line] = /^- ([A-Z_]+): (.+)$/.exec(line) ?? [];
  const found = `missing or malformed${file === undefined ? '' : ` (--env ${file})`}`;
  return problem(found, `${remedy.charAt(0).toUpperCase()}${remedy.slice(1)}.`, {
    subject,
  });
};

/** The function's own words on what it needs. */
export const environment: Check = {
  name: 'environment',
  needs: [],
  run: async ({ isLocal, environmentFile, environmentProblem }) => {
    if (environmentProblem === null) {
      return [ok(isLocal ? 'that of the local stack' : 'complete and well-formed')];
    }
    return environmentProblem
      .split('\n')
      .filter((line) => line.startsWith('- '))
      .map((line) => toProblem(line, environmentFile));
  },
};
