import { sha256Hex } from '../../src/lib/sha256.ts';
import type { Session } from './context.ts';
import { ask } from './database.ts';
import { findAccount } from './find-account.ts';
import { oldestFirst, readAll } from './read-all.ts';
import { toChoices } from './to-choices.ts';
import { cleanTyped } from './typed-text.ts';

const columns = 'id, name, display_prefix, rate_limit, expires_at, revoked_at, created_at';

/** The account's keys, oldest first, without their secrets. */
export const readKeys = async ({ database }: Session, accountId: string) =>
  oldestFirst(
    await readAll(() => database.from('api_keys').select(columns).eq('sub_account_id', accountId)),
  );

export type Key = Awaited<ReturnType<typeof readKeys>>[number];

export type KeyState = 'active' | 'expired' | 'revoked';

export const keyState = ({ revoked_at, expires_at }: Key, now: number): KeyState => {
  if (revoked_at !== null) return 'revoked';
  return expires_at !== null && Date.parse(expires_at) <= now ? 'expired' : 'active';
};

const wholeKey = /^cfy_[0-9A-Za-z]{40}$/;

/** A whole key, for one that has leaked. Its beginning and end are unique. */
const findWhole = async ({ database }: Session, wanted: string): Promise<string | null> => {
  const hash = await sha256Hex(wanted);
  const [row] = await ask(database.from('api_keys').select('id').eq('key_hash', hash));
  return row?.id ?? null;
};

/** More than the beginning that all keys share, and more of an id than anybody types by mistake. */
const beginsSo = ({ id, display_prefix: prefix }: Key, wanted: string): boolean =>
  (wanted.length > 'cfy_'.length && (prefix.startsWith(wanted) || wanted.startsWith(prefix))) ||
  (wanted.length >= 4 && id.startsWith(wanted.toLowerCase()));

const findFitting = async (session: Session, keys: readonly Key[], wanted: string) => {
  if (wholeKey.test(wanted)) {
    const id = await findWhole(session, wanted);
    return keys.filter((key) => key.id === id);
  }
  const exact = keys.filter(({ id, name }) => id === wanted || name === wanted);
  return exact.length > 0 ? exact : keys.filter((key) => beginsSo(key, wanted));
};

const describe = (key: Key, now: number) => ({
  id: key.id,
  name: key.name,
  label: `${key.display_prefix}  ${keyState(key, now)}  ${key.name}`,
});

/**
 * Finds it by its id or name, by the beginning of either the key or its id, or by the whole key. A key and its
 * replacement have the same name: `isMeant` says which one is meant.
 */
export const findKey = async (
  session: Session,
  wanted: string,
  isMeant: (state: KeyState) => boolean = () => false,
) => {
  const account = await findAccount(session);
  const keys = await readKeys(session, account.id);
  const fitting = await findFitting(session, keys, cleanTyped(wanted));
  const meant = fitting.filter((key) => isMeant(keyState(key, session.now())));
  const [key, ...others] = meant.length === 1 ? meant : fitting;
  if (!key) throw new Error('There is no such key: `npm run crm -- keys list` shows all.');
  if (others.length === 0) return { ...key, accountId: account.id };
  const candidates = fitting.map((each) => describe(each, session.now()));
  throw new Error(
    `Several keys are called so or begin so: say more of it, or the id.${toChoices(candidates, 'keys list')}`,
  );
};
