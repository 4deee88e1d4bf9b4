import { Logger, makeWorkerUtils, runOnce } from 'graphile-worker';
import pg from 'pg';

/** Jobs that are added one by one, and then done by one worker one by one. */
export const startQueue = async ({ url, name, job }) => {
  const pgPool = new pg.Pool({ connectionString: url, application_name: name, max: 2 });
  pgPool.on('error', (error) => console.error(error));
  const logger = new Logger(() => () => {});
  const options = { pgPool, logger, noHandleSignals: true };
  const utils = await makeWorkerUtils(options);
  await utils.migrate();
  let done = 0;
  const taskList = {
    send: async () => {
      done += 1;
    },
  };
  return {
    async send(messages) {
      done = 0;
      for (let added = 0; added < messages; added += 1) await utils.addJob('send', job);
      await runOnce({ ...options, concurrency: 1, taskList });
      if (done !== messages) throw new Error(`graphile-worker did ${done} jobs of ${messages}.`);
    },
    async stop() {
      await utils.release();
      await pgPool.end();
    },
  };
};
