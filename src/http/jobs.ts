import { Hono } from 'hono';
import { sweep } from '../core/jobs/sweep.ts';
import { AppError } from '../errors.ts';
import { equalSecrets } from '../lib/equal-secrets.ts';
import type { Deps } from '../ports/deps.ts';
import { type HttpEnvironment, workContext } from './environment.ts';
import { respondJson } from './trace-request.ts';

/** A scheduler calls this: it sends what is due, and settles what was abandoned. */
export const createJobsRoute = (deps: Deps) =>
  new Hono<HttpEnvironment>().post('/jobs/sweep', async (c) => {
    const given = c.req.header('x-cron-secret') ?? '';
    if (deps.cronSecret === null || !(await equalSecrets(given, deps.cronSecret))) {
      throw new AppError('invalid_api_key', {
        message:
          'The cron secret is missing or wrong: send the value of CRON_SECRET in the `x-cron-secret` header.',
      });
    }
    return respondJson(c, await sweep(deps, workContext(c)));
  });
