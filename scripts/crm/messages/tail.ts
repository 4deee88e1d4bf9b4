import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from '../context.ts';
import { findAccount } from '../find-account.ts';
import { describeRecent, toLine } from './describe-recent.ts';
import { type Recent, readRecent, readTexts } from './recent.ts';
import { createWatch, watched } from './watch.ts';

/** Milliseconds. */
const interval = 1000;

type TailOptions = {
  /** How many of the past ones come first. */
  readonly lines: number;
  readonly once: boolean;
  readonly text: boolean;
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

/** Until somebody interrupts; a database that goes away is waited for, and that is said once each time. */
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

export const tailMessages = async (
  session: Session,
  { lines, once, text }: TailOptions,
): Promise<void> => {
  const { id: accountId } = await findAccount(session);
  const limit = once ? lines : Math.max(lines, watched);
  const first = limit === 0 ? [] : await readRecent(session, accountId, { offset: 0, limit });
  await printMessages(session, first.slice(0, lines).toReversed(), { text, seenAt: null });
  if (once) return;
  const readNews = createWatch(session, accountId, first);
  let unprinted: readonly Recent[] = [];
  await repeat(session, async () => {
    unprinted = [...unprinted, ...(await readNews())];
    await printMessages(session, unprinted, { text, seenAt: session.now() });
    unprinted = [];
  });
};
