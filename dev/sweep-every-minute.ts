import { demoData } from './demo-data.ts';
import type { Stack } from './stack.ts';

const minute = 60_000;

/** As every host does it: at once, and then once a minute for as long as the process is there for something else. */
export const sweepEveryMinute = async ({ apiUrl }: Pick<Stack, 'apiUrl'>): Promise<void> => {
  const sweep = async () => {
    const headers = { 'x-cron-secret': demoData.cronSecret };
    const answer = await fetch(`${apiUrl}/jobs/sweep`, { method: 'POST', headers });
    await answer.arrayBuffer();
  };
  setInterval(() => sweep().catch(() => undefined), minute).unref();
  await sweep();
};
