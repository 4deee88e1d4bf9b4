type State = 'ok' | 'warning' | 'problem' | 'skipped';

/** The result of one check for one thing. Both texts are one line, without secrets and contacts' addresses. */
export type Finding = {
  /** The connection, account or variable. */
  readonly subject: string | null;
  readonly state: State;
  readonly found: string;
  /** The remedy, with the command to run. */
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

/** Skipped, because a check that it needs has failed. */
export const skipped = (because: string, about: About = {}): Finding => ({
  ...ok(`not looked at, because of ${because}`, about),
  state: 'skipped',
});

const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

// A colon may also come before a list, and only a full stop before another sentence.
const split = (line: string) =>
  /^(.+?)\. ([A-Z].+)$/.exec(line) ?? /^(.+?): (.+)$/.exec(line) ?? [];

/** Splits `What happened: what to do.`, or the same in two sentences, into problem and remedy. */
export const problemOf = (text: string, about: About = {}): Finding => {
  const sentence = text.replace(/\s+/g, ' ').trim();
  const [, found, remedy] = split(sentence);
  return found && remedy ? problem(found, upper(remedy), about) : problem(sentence, null, about);
};
