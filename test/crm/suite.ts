import { describe } from 'vitest';
import { describeAccounts } from './accounts.ts';
import { describeAgents } from './agents.ts';
import { describeConnections } from './connections.ts';
import { describeContacts } from './contacts.ts';
import { describeContactsRefusals } from './contacts-refusals.ts';
import { describeSharedAddresses } from './contacts-shared.ts';
import { describeErrors } from './errors.ts';
import { describeJourney } from './journey.ts';
import { describeKeys } from './keys.ts';
import { describeMessages } from './messages.ts';
import { describeRekey } from './rekey.ts';
import { describeReseal } from './reseal.ts';
import type { Crm } from './run-crm.ts';
import { describeSecrecy } from './secrecy.ts';
import { describeSenders } from './senders.ts';

/** The promises of every command. Runs on PGlite and on Postgres, both behind Supabase's API. */
export const describeCommands = (crm: () => Crm): void => {
  describe('npm run crm -- accounts', () => describeAccounts(crm));
  describe('npm run crm -- keys', () => describeKeys(crm));
  describe('npm run crm -- connections', () => describeConnections(crm));
  describe('npm run crm -- connections reseal', () => describeReseal(crm));
  describe('npm run crm -- senders', () => describeSenders(crm));
  describe('npm run crm -- agents', () => describeAgents(crm));
  describe('an error of npm run crm', () => describeErrors(crm));
  describe('npm run crm, from nothing', () => describeJourney(crm));
  describe('npm run crm and secrets', () => describeSecrecy(crm));
  describe('npm run crm -- contacts import', () => {
    describeContacts(crm);
    describeContactsRefusals(crm);
    describeSharedAddresses(crm);
  });
  describe('npm run crm -- contacts rekey', () => describeRekey(crm));
  describe('npm run crm -- messages', () => describeMessages(crm));
};
