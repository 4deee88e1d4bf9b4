import { createThreeCallsApp } from './app.ts';
import { overFetch } from './over-fetch.ts';

declare const Deno: {
  readonly env: { get(name: string): string };
  serve(handler: (request: Request) => Response | Promise<Response>): void;
};

const settings = JSON.parse(Deno.env.get('THREE_CALLS'));
const app = createThreeCallsApp(settings, overFetch(), '/crm-api');
Deno.serve((request) => app.fetch(request));
