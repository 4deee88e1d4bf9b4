import { ownFolder, readSqlFiles } from './migration/project.ts';
import { type Breach, findBreaches } from './sql/find-breaches.ts';

/** What is still to be rewritten: a rule and the function or file that breaks it. Nothing is added here. */
const exceptions: readonly string[] = ['lines crm_api.keep_address'];

const isNew = ({ rule, subject }: Breach): boolean => !exceptions.includes(`${rule} ${subject}`);

const breaches = findBreaches(readSqlFiles(ownFolder, 'schemas')).filter(isNew);
for (const { rule, subject, place, words } of breaches) {
  console.error(`${place} ${subject} (${rule}): ${words}`);
}
process.exitCode = breaches.length === 0 ? 0 : 1;
