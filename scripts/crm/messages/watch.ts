import type { Session } from '../context.ts';
import { type Recent, readRecent, type Scope } from './recent.ts';

/** How many of the newest messages are checked for a new status. */
export const watched = 200;
const mostPages = 50;

type Known = {
  readonly statuses: ReadonlyMap<string, string>;
  /** The oldest of them, if there may be more. Anything older only moved up because others were deleted. */
  readonly oldest: Recent | undefined;
};

const isOlder = (one: Recent, other: Recent): boolean =>
  one.created_at === other.created_at
    ? one.id < other.id
    : Date.parse(one.created_at) < Date.parse(other.created_at);

const remember = (messages: readonly Recent[]): Known => ({
  statuses: new Map(messages.map(({ id, status }) => [id, status])),
  oldest: messages.length < watched ? undefined : messages.at(-1),
});

const isNews = ({ statuses, oldest }: Known, message: Recent): boolean => {
  const before = statuses.get(message.id);
  if (before === undefined) return oldest === undefined || !isOlder(message, oldest);
  return before !== message.status;
};

/**
 * The newest messages, and further pages as long as all are new, so that none is missed when many come at once. A
 * message that arrives between two pages moves the others down, so the next page repeats some: by id, each counts once.
 */
const readSince = async (
  session: Session,
  scope: Scope,
  { statuses }: Known,
): Promise<readonly Recent[]> => {
  const messages = new Map<string, Recent>();
  for (let page = 0; page < mostPages; page += 1) {
    const range = { offset: page * watched, limit: watched };
    const read = await readRecent(session, scope, range);
    for (const message of read) messages.set(message.id, message);
    if (read.length < watched || read.some(({ id }) => statuses.has(id))) break;
  }
  return [...messages.values()];
};

/**
 * Returns a function that returns the messages that are new or have changed status since its last call, oldest first.
 * `first` is the known state at the start, newest first.
 */
export const createWatch = (session: Session, scope: Scope, first: readonly Recent[]) => {
  let known = remember(first);
  return async (): Promise<readonly Recent[]> => {
    const messages = await readSince(session, scope, known);
    const news = messages.filter((message) => isNews(known, message));
    known = remember(messages);
    return news.toReversed();
  };
};
