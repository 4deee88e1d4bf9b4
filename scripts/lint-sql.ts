import { ownFolder, readSqlFiles } from './migration/project.ts';
import { findBreaches } from './sql/find-breaches.ts';

const breaches = findBreaches(readSqlFiles(ownFolder, 'schemas'));
for (const { rule, subject, place, words } of breaches) {
  console.error(`${place} ${subject} (${rule}): ${words}`);
}
process.exitCode = breaches.length === 0 ? 0 : 1;
