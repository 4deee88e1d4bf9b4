import { createHostedApp } from '../hosted-app.ts';

// The gateway strips /functions/v1 from the public path.
const app = createHostedApp(Deno.env.toObject(), '/crm-api');

Deno.serve((request) => app.fetch(request));
