import type { Feed } from './feed.ts';

const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' };

/** Server-Sent Events, until the reader leaves or the signal is given. */
export const streamEvents = (feed: Feed, stopped: AbortSignal): Response => {
  const left = new AbortController();
  const signal = AbortSignal.any([left.signal, stopped]);
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    start: (stream) => {
      const write = (text: string) => {
        if (!signal.aborted) stream.enqueue(encoder.encode(text));
      };
      const close = () => {
        if (!left.signal.aborted) stream.close();
      };
      // A page that loses its connection comes back soon, as when the stack is started again.
      write('retry: 1000\n\n');
      feed
        .follow(
          ({ type, data }) => write(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`),
          signal,
        )
        .then(close, close);
    },
    cancel: () => left.abort(),
  });
  return new Response(body, { headers });
};
