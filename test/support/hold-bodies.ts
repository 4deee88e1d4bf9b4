import { setTimeout as sleep } from 'node:timers/promises';
import { demoData } from '../../dev/demo-data.ts';
import { type Api, basePath } from './api.ts';

const size = 250 * 1024;

/** A request whose body begins, and does not end until the connection is broken off. */
export const unfinishedRequest = () => {
  let held: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new Uint8Array(size));
      held = controller;
    },
  });
  const headers = { 'x-api-key': demoData.apiKey, 'content-type': 'application/json' };
  const breakOff = () => {
    try {
      held?.error(new Error('gone'));
    } catch {
      // It was refused, and its body is cancelled.
    }
  };
  return { init: { method: 'POST', headers, body, duplex: 'half' } as const, breakOff };
};

/** More unfinished bodies than a host reads at one time. Call the returned function to break them off. */
export const holdBodies = async ({ app }: Api): Promise<() => Promise<readonly number[]>> => {
  const requests = Array.from({ length: 140 }, unfinishedRequest);
  const answers = requests.map(({ init }) =>
    Promise.resolve(app.request(`${basePath}/send-message`, init)),
  );
  await sleep(100);
  return async () => {
    for (const { breakOff } of requests) breakOff();
    return (await Promise.all(answers)).map(({ status }) => status);
  };
};
