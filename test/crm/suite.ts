import { describe } from 'vitest';
import { describeContacts } from './contacts.ts';
import { describeContactsRefusals } from './contacts-refusals.ts';
import { describeKeys } from './keys.ts';
import { describeMessages } from './messages.ts';
import type { Crm } from './run-crm.ts';

/** What every command has to do; run on PGlite and on Postgres, both behind Supabase's API. */
export const describeCommands = (crm: () => Crm): void => {
  describe('npm run crm -- keys', () => describeKeys(crm));
  describe('npm run crm -- contacts import', () => {
    describeContacts(crm);
    describeContactsRefusals(crm);
  });
  describe('npm run crm -- messages', () => describeMessages(crm));
};
