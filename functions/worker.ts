import { countCalls } from './count-calls.ts';
import { hostIo } from './host-io.ts';
import { createHostedApp } from './hosted-app.ts';

type Env = Record<string, string | undefined>;
type Context = { waitUntil(work: Promise<unknown>): void };

const basePath = '/functions/v1/crm-api';
/**
 * The calls that Cloudflare's free plan allows in one invocation, with the work after its response:
 * https://developers.cloudflare.com/workers/platform/limits/#subrequests
 */
const freePlan = 50;
const { io, invoke } = countCalls(hostIo);
let app: ReturnType<typeof createHostedApp> | undefined;
/** If the operator has set no secret, the cron trigger uses one that nobody else knows. */
let ownSecret = '';

const cronSecret = (env: Env): string => {
  ownSecret ||= crypto.randomUUID();
  return env.CRON_SECRET || ownSecret;
};

const answer = (request: Request, env: Env, context: Context): Promise<Response> => {
  const configured = { ...env, CRON_SECRET: cronSecret(env) };
  app ??= createHostedApp(configured, basePath, { servesPages: true, io });
  const { fetch } = app;
  const limit = Number(env.SUBREQUEST_LIMIT || freePlan);
  const waitUntil = (work: Promise<unknown>) => context.waitUntil(work);
  const response = Promise.resolve(invoke(limit, () => fetch(request, { waitUntil })));
  // If the caller hangs up, the message must still get from the provider to the database.
  waitUntil(response);
  return response;
};

export default {
  fetch: answer,

  /** The cron trigger. */
  async scheduled(_: unknown, env: Env, context: Context) {
    const headers = { 'x-cron-secret': cronSecret(env) };
    const sweep = new Request(`https://worker${basePath}/jobs/sweep`, { method: 'POST', headers });
    await answer(sweep, env, context);
  },
};
