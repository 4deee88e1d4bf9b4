import { createThreeCallsApp } from './app.ts';
import { overFetch } from './over-fetch.ts';

type App = ReturnType<typeof createThreeCallsApp>;
let app: App | undefined;

// biome-ignore lint/style/noDefaultExport: Workers demand it.
export default {
  fetch(request: Request, { THREE_CALLS }: { readonly THREE_CALLS: string }) {
    app ??= createThreeCallsApp(JSON.parse(THREE_CALLS), overFetch(), '/functions/v1/crm-api');
    return app.fetch(request);
  },
};
