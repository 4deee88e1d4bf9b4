import * as z from 'zod';
import { createApiKey, type NewApiKey } from '../../src/lib/api-key.ts';
import { type CrmIo, openSession, type Session } from './context.ts';
import { ask } from './database.ts';
import { findAccount } from './find-account.ts';
import { findKey, keyState, readKeys } from './find-key.ts';
import { parseDuration, parseLifetime } from './parse-duration.ts';
import { parseName } from './parse-name.ts';
import { parseWhole } from './parse-whole.ts';
import { printDone, printRows } from './print.ts';
import type { Program } from './program.ts';

const parseRate = parseWhole(1, 1_000_000);

type NewKey = {
  readonly accountId: string;
  readonly name: string;
  readonly rateLimit: number;
  readonly expiresAt: string | null;
};

const storeKey = async ({ database }: Session, wanted: NewKey): Promise<NewApiKey> => {
  const key = await createApiKey();
  const row = {
    sub_account_id: wanted.accountId,
    name: wanted.name,
    rate_limit: wanted.rateLimit,
    expires_at: wanted.expiresAt,
    key_hash: key.hash,
    display_prefix: key.displayPrefix,
  };
  await ask(database.from('api_keys').insert(row).select('id').single());
  return key;
};

const create = async (
  session: Session,
  name: string,
  { rate, expires }: { readonly rate: number; readonly expires?: number | undefined },
): Promise<void> => {
  const account = await findAccount(session);
  const expiresAt = expires === undefined ? null : new Date(session.now() + expires).toISOString();
  const { key } = await storeKey(session, {
    accountId: account.id,
    name,
    rateLimit: rate,
    expiresAt,
  });
  const result = { key, name, account: account.name, rate_limit: rate, expires_at: expiresAt };
  printDone(session, result, `The API key of ${account.name}, shown this once:\n\n${key}`);
};

const list = async (session: Session): Promise<void> => {
  const account = await findAccount(session);
  const keys = await readKeys(session, account.id);
  const rows = keys.map((key) => ({
    id: key.id,
    name: key.name,
    begins_with: key.display_prefix,
    state: keyState(key, session.now()),
    requests_a_minute: key.rate_limit,
    expires_at: key.expires_at,
    created_at: key.created_at,
  }));
  printRows(session, rows, 'There is no key yet: `npm run crm -- keys create NAME` makes one.');
};

/** The new key lives as long as the old one did, unless an option says otherwise. */
const endOfNew = (
  { now }: Session,
  { created_at, expires_at }: { readonly created_at: string; readonly expires_at: string | null },
  expires: number | undefined,
): string | null => {
  if (expires === undefined && expires_at === null) return null;
  const life = expires ?? Date.parse(expires_at ?? '') - Date.parse(created_at);
  return new Date(now() + life).toISOString();
};

/** The old key does not get more time than it has. */
const endOld = async (
  { database, now }: Session,
  { id, expires_at }: { readonly id: string; readonly expires_at: string | null },
  grace: number,
): Promise<string> => {
  const wanted = now() + grace;
  if (expires_at !== null && Date.parse(expires_at) <= wanted) return expires_at;
  const endsAt = new Date(wanted).toISOString();
  const change = { expires_at: endsAt };
  await ask(database.from('api_keys').update(change).eq('id', id).select('id').single());
  return endsAt;
};

type Reroll = { readonly grace: number; readonly expires?: number | undefined };

const reroll = async (
  session: Session,
  wanted: string,
  { grace, expires }: Reroll,
): Promise<void> => {
  const old = await findKey(session, wanted, (state) => state === 'active');
  if (old.revoked_at !== null) throw new Error('This key is revoked: make a new one.');
  const { accountId, name, rate_limit: rateLimit } = old;
  const expiresAt = endOfNew(session, old, expires);
  const { key } = await storeKey(session, { accountId, name, rateLimit, expiresAt });
  // The new key exists from here on and must be shown, whatever happens to the old one.
  const oldEndsAt = await endOld(session, old, grace).catch(() => null);
  const result = { key, name, expires_at: expiresAt, old_key_id: old.id };
  printDone(
    session,
    { ...result, old_key_ends_at: oldEndsAt },
    `The new API key, shown this once:\n\n${key}`,
  );
  if (oldEndsAt === null) {
    throw new Error(
      `The old key could not be ended: revoke it with \`npm run crm -- keys revoke ${old.id}\`.`,
    );
  }
  if (!session.json) session.terminal.note(`\nThe old one works until ${oldEndsAt}.`);
};

const revokedSchema = z.object({
  revoked_at: z.string(),
  canceled: z.number(),
  more: z.boolean(),
});

const describeCanceled = (canceled: number): string => {
  if (canceled === 0) return 'Nothing that it queued was waiting.';
  return canceled === 1
    ? '1 message that it had queued is not sent.'
    : `${canceled} messages that it had queued are not sent.`;
};

/** The first call ends the key. Each call ends only a part of its queue. */
const endKey = async ({ database }: Session, id: string) => {
  for (let before = 0; ; ) {
    const answer = await ask(database.rpc('revoke_key', { p_key_id: id }));
    const { revoked_at, canceled, more } = revokedSchema.parse(answer);
    before += canceled;
    if (!more) return { revoked_at, canceled: before };
  }
};

/** Ends the key's queued messages; those under way are finished. */
const revoke = async (session: Session, wanted: string): Promise<void> => {
  const { id, name } = await findKey(session, wanted, (state) => state === 'active');
  const { revoked_at, canceled } = await endKey(session, id);
  printDone(
    session,
    { id, name, revoked_at, canceled },
    `The key ${name} works no longer. ${describeCanceled(canceled)}`,
  );
};

/** `keys create | list | reroll | revoke` */
export const addKeys = (program: Program, io: CrmIo): void => {
  const keys = program.command('keys').description('API keys: who may send');

  keys
    .command('create')
    .description('make a key, which is shown once')
    .argument('<name>', 'what it is for', parseName)
    .option('--rate <number>', 'requests a minute', parseRate, 600)
    .option('--expires <time>', 'when it ends, such as 90d', parseLifetime)
    .addHelpText(
      'after',
      '\nExamples:\n  npm run crm -- keys create n8n\n  npm run crm -- keys create webhook --rate 60 --expires 90d',
    )
    .action((name, options, command) =>
      create(openSession(io, command.optsWithGlobals()), name, options),
    );

  keys
    .command('list')
    .description('all keys, without what is secret')
    .addHelpText('after', '\nExample:\n  npm run -s crm -- keys list --json')
    .action((_, command) => list(openSession(io, command.optsWithGlobals())));

  keys
    .command('reroll')
    .description('make a new key in the place of one, which goes on working for a while')
    .argument('<key>', 'its id or name, or how it begins')
    .option('--grace <time>', 'how long the old one still works, 24h unless told', parseDuration)
    .option(
      '--expires <time>',
      'when the new one ends; as long as the old one was to live unless told',
      parseLifetime,
    )
    .addHelpText(
      'after',
      '\nExamples:\n  npm run crm -- keys reroll n8n --grace 24h\n  npm run crm -- keys reroll cfy_aB3d --grace 0m',
    )
    .action((key, { grace = 86_400_000, expires }, command) =>
      reroll(openSession(io, command.optsWithGlobals()), key, { grace, expires }),
    );

  keys
    .command('revoke')
    .description('end a key now')
    .argument('<key>', 'its id or name, or how it begins')
    .addHelpText('after', '\nExample:\n  npm run crm -- keys revoke cfy_aB3d')
    .action((key, _, command) => revoke(openSession(io, command.optsWithGlobals()), key));
};
