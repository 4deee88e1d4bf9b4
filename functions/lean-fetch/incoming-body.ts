import type { Readable } from 'node:stream';

/** Bytes that are held before anybody reads. */
const mostHeld = 64 * 1024;

/** A response's body while it arrives. It is read once: whole, or as a stream. */
export type IncomingBody = {
  /** Everything. Rejects if the body breaks off. */
  readonly whole: () => Promise<Buffer<ArrayBuffer>>;
  readonly stream: () => ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Ends it for a reason, which its reader gets. */
  readonly fail: (reason: unknown) => void;
};

type Bytes = Buffer<ArrayBuffer>;

/**
 * A short body is taken in even if nobody reads it, so that its connection is free again; a long one waits for its
 * reader. Calls `release` once, when nothing more will come.
 */
export const receiveBody = (source: Readable, release: () => void): IncomingBody => {
  const chunks: Bytes[] = [];
  let held = 0;
  let wanted = false;
  let over = false;
  let failure: { readonly reason: unknown } | null = null;
  let sink: ReadableStreamDefaultController<Bytes> | null = null;
  let wake: () => void = () => undefined;

  const end = () => {
    if (over) return;
    over = true;
    release();
    if (failure) sink?.error(failure.reason);
    else sink?.close();
    wake();
  };
  const fail = (reason: unknown) => {
    if (!over) failure = { reason };
    end();
  };
  source.on('data', (chunk: Bytes) => {
    if (over) return;
    if (sink) {
      sink.enqueue(chunk);
      if ((sink.desiredSize ?? 0) <= 0) source.pause();
      return;
    }
    chunks.push(chunk);
    held += chunk.length;
    if (!wanted && held >= mostHeld) source.pause();
  });
  source.once('end', end);
  source.on('error', (cause) => fail(new TypeError('terminated', { cause })));

  const openStream = (controller: ReadableStreamDefaultController<Bytes>) => {
    for (const chunk of chunks.splice(0)) controller.enqueue(chunk);
    if (failure) controller.error(failure.reason);
    else if (over) controller.close();
    else sink = controller;
  };
  return {
    fail,
    whole: async () => {
      wanted = true;
      source.resume();
      if (!over) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (failure) throw failure.reason;
      const [only] = chunks;
      return only && chunks.length === 1 ? only : Buffer.concat(chunks);
    },
    stream: () =>
      new ReadableStream<Bytes>(
        {
          start: openStream,
          pull: () => {
            source.resume();
          },
          cancel: () => {
            sink = null;
            end();
            source.destroy();
          },
        },
        new ByteLengthQueuingStrategy({ highWaterMark: mostHeld }),
      ),
  };
};
