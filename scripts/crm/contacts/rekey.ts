import { z } from 'zod';
import type { Session } from '../context.ts';
import { ask } from '../database.ts';
import { findAccount } from '../find-account.ts';
import { printDone } from '../print.ts';
import { stopWith } from '../program.ts';
import { readPages } from '../read-all.ts';
import { rekeySenders } from './rekey-senders.ts';
import {
  findWrongHolders,
  groupByRightKey,
  isStale,
  rightKeyOf,
  type StoredAddress,
} from './stale-keys.ts';

type ContactAddress = StoredAddress & { readonly contact_id: string };

/** An address with a wrong key, and the one that has its right key although that is not its own. */
type StaleAddress = ContactAddress & { readonly wrong_holder_id: string | null };

/** Ids of contacts who share one address. A log has no place for the address itself. */
type Conflict = { readonly channel: string; readonly contacts: readonly string[] };

type Rekeyed = { rekeyed: number; merged: number; readonly conflicts: Conflict[] };

const results = z.array(
  z.object({
    outcome: z.enum(['rekeyed', 'merged', 'conflict', 'known']),
    contact_id: z.string().optional(),
  }),
);

const notMigrated =
  'The database lacks public.rekey_addresses: apply the migrations with `npx supabase db push --remote`.';

const columns = 'id, sub_account_id, contact_id, channel, address, address_key';

/** Keeps only rows with a wrong key in memory, of all accounts or of one. */
const findStale = async ({ database }: Session, accountId: string | null) => {
  const all = () => database.from('contact_addresses').select(columns);
  const start = () => (accountId === null ? all() : all().eq('sub_account_id', accountId));
  const stale: ContactAddress[] = [];
  let count = 0;
  for await (const page of readPages(start)) {
    count += page.length;
    stale.push(...page.filter(isStale));
  }
  return { count, stale: findWrongHolders(stale) };
};

const store = async (
  { database }: Session,
  accountId: string,
  batch: readonly StaleAddress[],
  dryRun: boolean,
) => {
  const request = {
    p_sub_account_id: accountId,
    p_rows: batch.map((row) => ({
      id: row.id,
      channel: row.channel,
      address: row.address,
      old_key: row.address_key,
      key: rightKeyOf(row),
      wrong_holder_id: row.wrong_holder_id,
    })),
    p_dry_run: dryRun,
  };
  const answer = await ask(database.rpc('rekey_addresses', request), { PGRST202: notMigrated });
  return results.length(batch.length).parse(answer);
};

const batchSize = 200;

/** Keeps rows that are one address together, so that a dry run sees the outcome of each. */
const toBatches = (groups: readonly (readonly StaleAddress[])[]) => {
  const batches: StaleAddress[][] = [];
  for (const group of groups) {
    const [first] = group;
    const batch = batches.findLast(([other]) => other?.sub_account_id === first?.sub_account_id);
    if (batch && batch.length + group.length <= batchSize) batch.push(...group);
    else batches.push([...group]);
  }
  return batches;
};

/** Rekeys as many as it can, and returns the rows whose key another row has. */
const rekeyOnce = async (
  session: Session,
  rows: readonly StaleAddress[],
  dryRun: boolean,
  report: Rekeyed,
) => {
  const taken: { readonly row: StaleAddress; readonly by: string }[] = [];
  for (const batch of toBatches(groupByRightKey(rows))) {
    const outcomes = await store(session, batch[0]?.sub_account_id ?? '', batch, dryRun);
    for (const [index, { outcome, contact_id: by = '' }] of outcomes.entries()) {
      const row = batch[index];
      if (outcome === 'conflict' && row) taken.push({ row, by });
      if (outcome === 'rekeyed' || outcome === 'merged') report[outcome] += 1;
    }
  }
  return taken;
};

const contactsOf = (group: readonly ContactAddress[]) => [
  ...new Set(group.map(({ contact_id }) => contact_id)),
];

const rekeyContacts = async (
  session: Session,
  stale: readonly StaleAddress[],
  dryRun: boolean,
): Promise<Rekeyed> => {
  const report: Rekeyed = { rekeyed: 0, merged: 0, conflicts: [] };
  const groups = groupByRightKey(stale);
  const shared = groups.filter((group) => contactsOf(group).length > 1);
  for (const group of shared) {
    report.conflicts.push({ channel: group[0]?.channel ?? '', contacts: contactsOf(group) });
  }
  let rows = groups.filter((group) => contactsOf(group).length === 1).flat();
  for (;;) {
    const before = report.rekeyed;
    const taken = await rekeyOnce(session, rows, dryRun, report);
    // A key may become free when the row that has it gets its own new key.
    if (taken.length > 0 && report.rekeyed > before && !dryRun) {
      rows = taken.map(({ row }) => row);
      continue;
    }
    for (const { row, by } of taken) {
      report.conflicts.push({ channel: row.channel, contacts: [...new Set([row.contact_id, by])] });
    }
    return report;
  }
};

const inWords = (count: number, { rekeyed, merged }: Rekeyed, dryRun: boolean): string =>
  `${dryRun ? 'Nothing is changed; without --dry-run: ' : ''}${rekeyed} of ${count} addresses have a new key, and ${merged} were another spelling of an address that the same contact has.`;

/** Makes the keys of all addresses again, or those of one account, after the rule of src/lib/address-key.ts has changed. */
export const rekeyAddresses = async (session: Session, dryRun: boolean): Promise<void> => {
  const accountId = session.account === null ? null : (await findAccount(session)).id;
  const { count, stale } = await findStale(session, accountId);
  const contacts = await rekeyContacts(session, stale, dryRun);
  const senders = await rekeySenders(session, accountId, dryRun);
  const result = {
    dry_run: dryRun,
    addresses: count,
    ...contacts,
    senders: senders.count,
    senders_rekeyed: senders.rekeyed,
    sender_conflicts: senders.conflicts,
  };
  const words = inWords(count, contacts, dryRun);
  printDone(session, result, `${words} ${senders.rekeyed} of ${senders.count} senders have one.`);
  for (const conflict of contacts.conflicts) {
    session.terminal.note(
      `These contacts have one address on ${conflict.channel}, and it stays as it is: ${conflict.contacts.join(', ')}. Delete it from all but one of them in the table contact_addresses, and run this again.`,
    );
  }
  for (const ids of senders.conflicts) {
    session.terminal.note(
      `These senders have one address, and stay as they are: ${ids.join(', ')}. Delete all but one of them in the table senders, and run this again.`,
    );
  }
  if (contacts.conflicts.length + senders.conflicts.length > 0) throw stopWith(1);
};
