import type { Io } from '../ports/io.ts';

/** Writes each entry as one line of JSON, its level and time first. */
export const createJsonLog =
  (write: (line: string) => void, now: Io['now']): Io['log'] =>
  (level, fields) =>
    write(JSON.stringify({ level, time: new Date(now()).toISOString(), ...fields }));
