import { createEmptyApp } from './empty.ts';

declare const Deno: { serve(handler: (request: Request) => Response | Promise<Response>): void };

const app = createEmptyApp('/crm-api');
Deno.serve((request) => app.fetch(request));
