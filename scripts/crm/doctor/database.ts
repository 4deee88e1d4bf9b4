import { createFailure, type DatabaseClient, lacksGrant, missingTables } from '../database.ts';
import type { Check } from './check.ts';
import { ok, skipped } from './finding.ts';

const rounds = 5;

/** Milliseconds. A database without our tables responds too. So does one that lacks a grant, which `tables` names. */
const measure = async (database: DatabaseClient): Promise<number> => {
  const startedAt = performance.now();
  const { error, status } = await database.from('sub_accounts').select('id').limit(1);
  const answers = !error || missingTables.has(error.code) || lacksGrant(error, status);
  if (!answers) throw createFailure(error, status);
  return performance.now() - startedAt;
};

/** Reachable with the secret key, and how far away. */
export const database: Check = {
  name: 'database',
  needs: [],
  run: async ({ database: client }) => {
    if (client === null) return [skipped('environment')];
    const times: number[] = [];
    for (let round = 0; round < rounds; round += 1) times.push(await measure(client));
    const median = times.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0;
    return [ok(`answers in ${Math.max(1, Math.round(median))} ms (median of ${rounds})`)];
  },
};
