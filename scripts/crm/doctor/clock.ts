import type { FunctionAnswer } from './ask-function.ts';
import type { Check } from './check.ts';
import type { Examination } from './examination.ts';
import { type Finding, ok, problem, skipped } from './finding.ts';
import { inWords } from './in-words.ts';
import type { Installation } from './installation.ts';

/** Milliseconds. Vendors' signatures are valid for five minutes, leases for one and a half. */
const most = 60_000;

/** How far this machine's clock is ahead of another, in milliseconds. */
type Skew = { readonly of: string; readonly ms: number };

const databaseSkew = (found: Installation | null): Skew[] =>
  found === null
    ? []
    : [{ of: 'the database', ms: (found.askedAt + found.answeredAt) / 2 - found.now }];

const functionSkew = (answer: FunctionAnswer | null): Skew[] =>
  answer?.type === 'answered' && answer.date !== null
    ? [{ of: "the function's host", ms: answer.receivedAt - answer.date }]
    : [];

const readSkews = async ({ config, database, installation, health }: Examination) => {
  const [found, answer] = await Promise.all([
    database && installation().catch(() => null),
    config && health(),
  ]);
  return [...databaseSkew(found), ...functionSkew(answer)];
};

const judge = (skews: readonly Skew[]): Finding => {
  const wrong = skews.filter(({ ms }) => Math.abs(ms) > most);
  if (wrong.length === 0) return ok(`agrees with ${skews.map(({ of }) => of).join(' and ')}`);
  const words = wrong.map(({ of, ms }) => `${inWords(ms)} ${ms > 0 ? 'ahead of' : 'behind'} ${of}`);
  const remedy =
    wrong.length === skews.length
      ? "Set this machine's clock: `timedatectl set-ntp true`; if it is right, those of the others."
      : `Set the clock of ${wrong.map(({ of }) => of).join(' and ')}: on a machine of your own with \`timedatectl set-ntp true\`.`;
  return problem(`this machine is ${words.join(' and ')}`, remedy);
};

/** Signatures and leases fail when clocks differ. */
export const clock: Check = {
  name: 'clock',
  needs: [],
  run: async (examination) => {
    const skews = await readSkews(examination);
    return [skews.length === 0 ? skipped('database and function') : judge(skews)];
  },
};
