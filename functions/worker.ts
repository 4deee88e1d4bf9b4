import { createHostedApp } from './hosted-app.ts';

type Env = Record<string, string | undefined>;

let app: ReturnType<typeof createHostedApp> | undefined;

export default {
  fetch(request: Request, env: Env) {
    app ??= createHostedApp(env, '/functions/v1/crm-api');
    return app.fetch(request);
  },
};
