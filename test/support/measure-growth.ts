/** A function of a text; a promise is awaited. */
export type Subject = (text: string) => unknown;

const run = async (subject: Subject, text: string): Promise<void> => {
  try {
    await subject(text);
  } catch (cause) {
    const given = `${text.length} characters: ${JSON.stringify(text.slice(0, 40))}`;
    throw new Error(`threw on ${given}`, { cause });
  }
};

/** Milliseconds of CPU time that this thread has had: a busy machine does not change it. */
export const cpuMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

/** Milliseconds. The system counts CPU time in steps, so calls are repeated until many steps have passed. */
const wellMeasured = 40;

/** Milliseconds of CPU time for one call. */
const timeCall = async (subject: Subject, text: string): Promise<number> => {
  const before = cpuMs();
  for (let calls = 1; ; calls += 1) {
    await run(subject, text);
    const spent = cpuMs() - before;
    if (spent >= wellMeasured) return spent / calls;
  }
};

/** Characters. The shortest length that takes some time is measured. */
const lengths = [32 * 1024, 256 * 1024] as const;
/** Milliseconds. In less time, nothing quadratic can be done with the longest text. */
const quick = 60;

const isQuick = async (subject: Subject, text: string): Promise<boolean> => {
  for (let tries = 0; tries < 3; tries += 1) {
    const before = performance.now();
    await run(subject, text);
    const spent = performance.now() - before;
    if (spent < quick || spent > 5 * quick) return spent < quick;
  }
  return false;
};

/** Four times the text takes four times as long, or sixteen times if the time is quadratic. */
const steps = 4;
const mostGrowth = 8;

/** A growth that needs no second look. */
const clearlyLinear = 6;

const compare = async (subject: Subject, short: string, long: string): Promise<number> => {
  let one = Number.POSITIVE_INFINITY;
  let four = Number.POSITIVE_INFINITY;
  let growth = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < 4 && growth > clearlyLinear; tries += 1) {
    one = Math.min(one, await timeCall(subject, short));
    four = Math.min(four, await timeCall(subject, long));
    growth = four / one;
  }
  return growth;
};

/**
 * How many times longer a text takes that is four times as long; null: it is too quick to matter. Measures CPU time of
 * this thread, because a busy machine would change the time on the clock. For each length the
 * shortest of several times counts.
 */
export const measureGrowth = async (
  subject: Subject,
  make: (length: number) => string,
): Promise<number | null> => {
  for (const length of lengths) {
    const long = make(length);
    if (!(await isQuick(subject, long))) return compare(subject, make(length / steps), long);
  }
  return null;
};

export const growsTooFast = (growth: number | null): boolean =>
  growth !== null && growth > mostGrowth;
