import { createJsonLog } from '../src/lib/json-log.ts';
import type { Io } from '../src/ports/io.ts';

/** What every runtime lends alike; `fetch` is called through a function, because Workers refuse it unbound. */
export const hostIo: Io = {
  fetch: (url, init) => fetch(url, init),
  now: () => Date.now(),
  log: createJsonLog(
    (line) => console.log(line),
    () => Date.now(),
  ),
};
