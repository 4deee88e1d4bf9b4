import { createJsonLog } from '../src/lib/json-log.ts';
import type { Io } from '../src/ports/io.ts';

/** The clock, ids and `fetch` that every runtime has. Workers refuse an unbound `fetch`, so a function calls it. */
export const hostIo: Io = {
  fetch: (url, init) => fetch(url, init),
  now: () => Date.now(),
  log: createJsonLog(
    (line) => console.log(line),
    () => Date.now(),
  ),
};
