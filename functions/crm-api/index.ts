import { createHostedApp } from '../hosted-app.ts';

declare const EdgeRuntime: { waitUntil(work: Promise<unknown>): void } | undefined;

// The gateway strips /functions/v1 from the public path, and makes plain text of a page.
const app = createHostedApp(Deno.env.toObject(), '/crm-api', { servesPages: false });

const waitUntil = (work: Promise<unknown>) => {
  if (typeof EdgeRuntime !== 'undefined') EdgeRuntime.waitUntil(work);
};

Deno.serve((request) => {
  const answer = Promise.resolve(app.fetch(request, { waitUntil }));
  // A caller that hangs up must not cut a message off between the provider and the database.
  waitUntil(answer);
  return answer;
});
