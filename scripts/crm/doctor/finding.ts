type State = 'ok' | 'warning' | 'problem' | 'skipped';

/** What one check found of one thing. Both texts are one line, without secrets and addresses of contacts. */
export type Finding = {
  /** The connection, the account or the variable that it is about. */
  readonly subject: string | null;
  readonly state: State;
  readonly found: string;
  /** What to do, with the command to run. */
  readonly remedy: string | null;
};

type About = { readonly subject?: string };

export const ok = (found: string, { subject = '' }: About = {}): Finding => ({
  subject: subject || null,
  state: 'ok',
  found,
  remedy: null,
});

export const warning = (found: string, remedy: string, about: About = {}): Finding => ({
  ...ok(found, about),
  state: 'warning',
  remedy,
});

export const problem = (found: string, remedy: string | null, about: About = {}): Finding => ({
  ...ok(found, about),
  state: 'problem',
  remedy,
});

/** Not looked at, because another check failed that this one stands on. */
export const skipped = (because: string, about: About = {}): Finding => ({
  ...ok(`not looked at, because of ${because}`, about),
  state: 'skipped',
});

const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

// A colon may also come before a list, and only a full stop before another sentence.
const split = (line: string) =>
  /^(.+?)\. ([A-Z].+)$/.exec(line) ?? /^(.+?): (.+)$/.exec(line) ?? [];

/** `What happened: what to do.`, or the same in two sentences, as a finding of the two. */
export const problemOf = (text: string, about: About = {}): Finding => {
  const sentence = text.replace(/\s+/g, ' ').trim();
  const [, found, remedy] = split(sentence);
  return found && remedy ? problem(found, upper(remedy), about) : problem(sentence, null, about);
};
