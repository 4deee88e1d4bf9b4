import { setTimeout as sleep } from 'node:timers/promises';
import { demoData } from '../../dev/demo-data.ts';
import { type Api, basePath } from './api.ts';

const size = 250 * 1024;

/** As many unfinished bodies as a host reads at one time; call what it answers with to break them off. */
export const holdBodies = async ({ app }: Api): Promise<() => Promise<readonly number[]>> => {
  const controllers: ReadableStreamDefaultController<Uint8Array>[] = [];
  const answers = Array.from({ length: 140 }, () => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new Uint8Array(size));
        controllers.push(controller);
      },
    });
    const headers = { 'x-api-key': demoData.apiKey, 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body, duplex: 'half' } as const;
    return Promise.resolve(app.request(`${basePath}/send-message`, init));
  });
  await sleep(100);
  return async () => {
    for (const controller of controllers) {
      try {
        controller.error(new Error('gone'));
      } catch {
        // It was refused, and its body is canceled.
      }
    }
    return (await Promise.all(answers)).map(({ status }) => status);
  };
};
