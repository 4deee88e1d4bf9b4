import { createHostedApp } from './hosted-app.ts';

type Env = Record<string, string | undefined>;

let app: ReturnType<typeof createHostedApp> | undefined;

export default {
  fetch(request: Request, env: Env, context: { waitUntil(work: Promise<unknown>): void }) {
    app ??= createHostedApp(env, '/functions/v1/crm-api');
    const answer = Promise.resolve(app.fetch(request));
    // A caller that hangs up must not cut a message off between the provider and the database.
    context.waitUntil(answer);
    return answer;
  },
};
