import { PgBoss } from 'pg-boss';

const queue = 'messages';

/**
 * Jobs that are sent one by one, and fetched and completed that many together. The library's own upkeep is switched
 * off.
 */
export const startQueue = async ({ url, name, job, together }) => {
  const boss = new PgBoss({
    connectionString: url,
    application_name: name,
    schema: `pgboss_${together}`,
    max: 1,
    supervise: false,
    schedule: false,
    registerInstance: false,
  });
  boss.on('error', (error) => console.error(error));
  await boss.start();
  await boss.createQueue(queue);
  const work = async (count) => {
    for (let sent = 0; sent < count; sent += 1) await boss.send(queue, job);
    const fetched = await boss.fetch(queue, { batchSize: count });
    if (fetched.length !== count) throw new Error(`pg-boss fetched ${fetched.length} of ${count}.`);
    await boss.complete(
      queue,
      fetched.map(({ id }) => id),
    );
  };
  return {
    async send(messages) {
      for (let sent = 0; sent < messages; sent += together) {
        await work(Math.min(together, messages - sent));
      }
    },
    stop: () => boss.stop({ graceful: false }),
  };
};
