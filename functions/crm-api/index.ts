import { createHostedApp } from '../hosted-app.ts';

declare const EdgeRuntime: { waitUntil(work: Promise<unknown>): void } | undefined;

// The gateway strips /functions/v1 from the public path, and turns a page into plain text.
const app = createHostedApp(Deno.env.toObject(), '/crm-api', { servesPages: false });

const waitUntil = (work: Promise<unknown>) => {
  if (typeof EdgeRuntime !== 'undefined') EdgeRuntime.waitUntil(work);
};

Deno.serve((request) => {
  const answer = Promise.resolve(app.fetch(request, { waitUntil }));
  // If the caller hangs up, the message must still get from the provider to the database.
  waitUntil(answer);
  return answer;
});
