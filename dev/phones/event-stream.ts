import type { Feed } from './feed.ts';

const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' };

/** Server-Sent Events, until the reader leaves or the signal fires. */
export const streamEvents = (feed: Feed, stopped: AbortSignal): Response => {
  const left = new AbortController();
  const signal = AbortSignal.any([left.signal, stopped]);
  const encoder = new TextEncoder();
  // Starts only when somebody reads: the body of a response to HEAD is neither read nor cancelled.
  const source: UnderlyingDefaultSource<Uint8Array> = {
    pull: async (stream) => {
      const write = (text: string) => {
        if (!signal.aborted) stream.enqueue(encoder.encode(text));
      };
      // A page that loses its connection comes back soon, as after a restart of the stack.
      write('retry: 1000\n\n');
      try {
        await feed.follow(
          ({ type, data }) => write(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`),
          signal,
        );
      } catch (error) {
        if (!signal.aborted) console.error('The phone page is told nothing more.', error);
      }
      if (!left.signal.aborted) stream.close();
    },
    cancel: () => left.abort(),
  };
  return new Response(new ReadableStream(source, { highWaterMark: 0 }), { headers });
};
