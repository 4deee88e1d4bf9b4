import type { Context } from 'hono';
import { AppError } from '../errors.ts';

/** Bytes of all bodies that are being read at one time. A host has little memory, and the callers are not known yet. */
const mostInFlight = 32 * 1024 * 1024;
/**
 * Bytes. A body whose declared length is shorter is read at once and not counted: counting its parts would cost more
 * than it holds.
 */
const short = 16 * 1024;
/** Milliseconds for a whole body. */
const timeout = 15_000;

/** A body that is being read: its bytes so far, and how to make its reader give up. */
type Reading = { length: number; readonly giveUp: (reason: AppError) => void };

/** Oldest first. */
const readings = new Set<Reading>();
let inFlight = 0;

const tooLarge = (largest: number) => {
  const message = `The body is larger than ${largest / 1024} KiB. Send a smaller body.`;
  return new AppError('payload_too_large', { message });
};

const brokeOff = (cause: unknown) => {
  const message = 'The body broke off before its end, or took too long: send it again.';
  return new AppError('invalid_request', { message, cause });
};

const inTime = <Result>(work: Promise<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the body took too long')), timeout);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });

const join = (parts: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> => {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};

const end = (reading: Reading): void => {
  if (readings.delete(reading)) inFlight -= reading.length;
};

/**
 * When memory is full, the oldest bodies are given up. An honest body arrives soon, so a stranger's unfinished ones
 * keep nobody out.
 */
const makeRoom = (): void => {
  for (const oldest of readings) {
    if (inFlight <= mostInFlight) return;
    end(oldest);
    oldest.giveUp(new AppError('too_busy', { retryAfter: 2 }));
  }
};

const count = (reading: Reading, length: number, largest: number): void => {
  reading.length += length;
  inFlight += length;
  if (reading.length > largest) throw tooLarge(largest);
  makeRoom();
};

/** Reads part by part, so that only bytes that have arrived count. */
const readParts = async (
  reader: ReadableStreamDefaultReader<Uint8Array>,
  reading: Reading,
  largest: number,
): Promise<Uint8Array<ArrayBuffer>> => {
  const parts: Uint8Array[] = [];
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    if (!readings.has(reading)) break;
    count(reading, part.value.length, largest);
    parts.push(part.value);
  }
  return join(parts, reading.length);
};

const readStream = async (
  body: ReadableStream<Uint8Array>,
  largest: number,
): Promise<Uint8Array<ArrayBuffer>> => {
  const reader = body.getReader();
  const givenUp = Promise.withResolvers<never>();
  const reading = { length: 0, giveUp: givenUp.reject };
  readings.add(reading);
  try {
    return await inTime(Promise.race([readParts(reader, reading, largest), givenUp.promise]));
  } catch (error) {
    reader.cancel().catch(() => undefined);
    throw error;
  } finally {
    end(reading);
  }
};

/** Bytes, if the request says so. */
const saidLength = (c: Context): number | null => {
  const length = c.req.header('content-length');
  return length === undefined || c.req.header('transfer-encoding') ? null : Number(length);
};

/** Refuses a body whose declared length is too long, before anything is read. */
export const refuseLongBody = (c: Context, largest: number): void => {
  if ((saidLength(c) ?? 0) > largest) throw tooLarge(largest);
};

/** The body's bytes, up to a limit. A body that breaks off is not an error of ours. */
export const readBody = async (c: Context, largest: number): Promise<Uint8Array<ArrayBuffer>> => {
  refuseLongBody(c, largest);
  const length = saidLength(c);
  try {
    if (length !== null && length <= short)
      return new Uint8Array(await inTime(c.req.arrayBuffer()));
    const { body } = c.req.raw;
    return body ? await readStream(body, largest) : new Uint8Array();
  } catch (error) {
    throw error instanceof AppError ? error : brokeOff(error);
  }
};
