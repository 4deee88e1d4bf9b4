import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from '../context.ts';
import { findAccount } from '../find-account.ts';
import { findKey } from '../find-key.ts';
import { describeRecent, toLine } from './describe-recent.ts';
import { type Recent, readRecent, readTexts, type Scope } from './recent.ts';
import { createWatch, watched } from './watch.ts';

/** Milliseconds. */
const interval = 1000;

type TailOptions = {
  /** How many past messages are shown first. */
  readonly lines: number;
  readonly once: boolean;
  readonly text: boolean;
  /** Only messages that this key sent: its id, its name, or its beginning. */
  readonly key?: string | undefined;
};

const findScope = async (session: Session, key: string | undefined): Promise<Scope> => {
  if (key === undefined) return { accountId: (await findAccount(session)).id, keyId: null };
  const { id, accountId } = await findKey(session, key);
  return { accountId, keyId: id };
};

const printMessages = async (
  session: Session,
  messages: readonly Recent[],
  { text, seenAt }: { readonly text: boolean; readonly seenAt: number | null },
): Promise<void> => {
  const texts = text ? await readTexts(session, messages) : null;
  for (const message of messages) {
    const line = describeRecent(message, seenAt);
    const content = texts?.get(message.id) ?? null;
    session.terminal.print(
      session.json
        ? JSON.stringify({ ...line, ...(texts && { text: content }) })
        : toLine(line, content),
    );
  }
};

/** Runs until it is interrupted. Waits for a database that goes away, and says so once each time. */
const repeat = async (
  { interrupted, terminal }: Session,
  task: () => Promise<void>,
): Promise<void> => {
  let isAway = false;
  for (;;) {
    await sleep(interval, undefined, { signal: interrupted }).catch(() => undefined);
    if (interrupted.aborted) return;
    try {
      await task();
      if (isAway) terminal.note('The database answers again.');
      isAway = false;
    } catch (error) {
      if (interrupted.aborted) return;
      const message = error instanceof Error ? error.message : String(error);
      if (!isAway) terminal.note(`${message} It is asked again every second.`);
      isAway = true;
    }
  }
};

const follow = async (session: Session, { lines, text, key }: TailOptions): Promise<void> => {
  const scope = await findScope(session, key);
  const first = await readRecent(session, scope, {
    offset: 0,
    limit: Math.max(lines, watched),
  });
  await printMessages(session, first.slice(0, lines).toReversed(), { text, seenAt: null });
  const readNews = createWatch(session, scope, first);
  let unprinted: readonly Recent[] = [];
  await repeat(session, async () => {
    unprinted = [...unprinted, ...(await readNews())];
    await printMessages(session, unprinted, { text, seenAt: session.now() });
    unprinted = [];
  });
};

/** Ctrl-C is the normal way to end it, at any moment. */
const followToTheEnd = (session: Session, options: TailOptions): Promise<void> =>
  follow(session, options).catch((error: unknown) => {
    if (!session.interrupted.aborted) throw error;
  });

const showLast = async (session: Session, { lines, text, key }: TailOptions): Promise<void> => {
  const scope = await findScope(session, key);
  if (lines === 0) return;
  const last = await readRecent(session, scope, { offset: 0, limit: lines });
  await printMessages(session, last.toReversed(), { text, seenAt: null });
};

export const tailMessages = (session: Session, options: TailOptions): Promise<void> =>
  options.once ? showLast(session, options) : followToTheEnd(session, options);
