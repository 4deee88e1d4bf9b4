import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Session } from '../context.ts';
import { ask } from '../database.ts';
import type { Contact } from './parse-contact.ts';

/** Milliseconds before a batch that did not arrive is sent again. Repeating it changes nothing. */
const pauses = [200, 1000] as const;

const outcome = z.object({
  outcome: z.enum(['imported', 'updated', 'unchanged', 'conflict']),
  /** Null if there was a conflict. */
  conversation_id: z.string().nullable(),
});

export type Outcome = z.infer<typeof outcome>;

const notMigrated =
  'The database lacks public.import_contacts: apply the migrations with `npx supabase db push --remote`.';

export type Destination = {
  readonly accountId: string;
  /** Only report what would happen, and store nothing. */
  readonly dryRun: boolean;
};

/** Stores a batch as a whole or not at all; returns the outcome of each contact, in order. */
export const storeContacts = async (
  { database, interrupted }: Session,
  contacts: readonly Contact[],
  { accountId, dryRun }: Destination,
): Promise<readonly Outcome[]> => {
  const batch = {
    p_sub_account_id: accountId,
    p_rows: contacts.map(({ addresses, ...contact }) => ({
      ...contact,
      addresses: addresses.map((each) => ({ ...each })),
    })),
    p_dry_run: dryRun,
  };
  for (let tried = 0; ; tried += 1) {
    try {
      const answer = await ask(database.rpc('import_contacts', batch), { PGRST202: notMigrated });
      return z.array(outcome).length(contacts.length).parse(answer);
    } catch (error) {
      const pause = pauses[tried];
      if (pause === undefined || interrupted.aborted) throw error;
      await sleep(pause, undefined, { signal: interrupted });
    }
  }
};
