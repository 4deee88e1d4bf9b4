import { ownFolder, readSqlFiles } from './migration/project.ts';
import { type Breach, findBreaches } from './sql/find-breaches.ts';

/** What is still to be rewritten: a rule and the function or file that breaks it. Nothing is added here. */
const exceptions: readonly string[] = [
  'assigned crm_api.claim_message',
  'assigned public.begin_send',
  'assigned public.settle_send',
  'line 12_people.sql',
  'line 13_messages.sql',
  'line 22_status.sql',
  'line 31_replies.sql',
  'line 40_descriptions.sql',
  'line 41_targets.sql',
  'line 42_repeats.sql',
  'line 43_begin_send.sql',
  'line 45_settle_send.sql',
  'line 48_claim_sends.sql',
  'line 49_revoke_key.sql',
  'line 53_receipts.sql',
  'lines crm_api.begin_message',
  'lines crm_api.claim_message',
  'lines crm_api.keep_address',
  'lines crm_api.queue_reply',
  'lines crm_api.resolve_target',
  'lines public.begin_send',
  'lines public.settle_send',
  'order crm_api.renew_replies',
  'parameters crm_api.begin_message',
  'parameters crm_api.resolve_target',
  'parameters public.begin_send',
  'parameters public.settle_send',
];

const isNew = ({ rule, subject }: Breach): boolean => !exceptions.includes(`${rule} ${subject}`);

const breaches = findBreaches(readSqlFiles(ownFolder, 'schemas')).filter(isNew);
for (const { rule, subject, place, words } of breaches) {
  console.error(`${place} ${subject} (${rule}): ${words}`);
}
process.exitCode = breaches.length === 0 ? 0 : 1;
