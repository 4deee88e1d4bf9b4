import { expect } from 'vitest';
import { z } from 'zod';
import { type Database, startDatabase } from '../../dev/database.ts';
import { demoData } from '../../dev/demo-data.ts';
import { startModel } from '../../dev/model.ts';
import { startVendors } from '../../dev/vendors/index.ts';
import { createBackground } from '../../functions/background.ts';
import { createLeanFetch } from '../../functions/lean-fetch/lean-fetch.ts';
import { createVendorFetch } from '../../scripts/crm/local-stack/route-fetch.ts';
import { createApp } from '../../src/app.ts';
import { createDeps } from '../../src/compose.ts';
import type { Fetch, Io, LogFields } from '../../src/ports/io.ts';

export const basePath = '/functions/v1/crm-api';
const publicUrl = 'https://crm.example.com/functions/v1/crm-api';

const errorSchema = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    retry: z.enum(['never', 'safe', 'check']),
    request_id: z.string(),
    doc_url: z.string(),
    issues: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    message_id: z.string().optional(),
    provider: z
      .object({
        name: z.string(),
        code: z.string().nullable(),
        message: z.string().nullable(),
        reason: z.string(),
      })
      .optional(),
  }),
  message: z.string(),
});

export type Answer = { readonly status: number; readonly headers: Headers; readonly body: unknown };

export type ApiOptions = {
  readonly env?: Readonly<Record<string, string>>;
  readonly database?: Database;
  readonly io?: Partial<Io>;
  /** Like Node; false: like Supabase. */
  readonly servesPages?: boolean;
  /** Wraps `fetch`, to break it. */
  readonly around?: (fetch: Fetch) => Fetch;
};

/** The manual and the AI example of the README. */
export const manual = {
  conversation_id: demoData.conversationId,
  channel: 'sms',
  ai: false,
  content: 'Your appointment is tomorrow at 10.',
};
export const written = {
  ...manual,
  ai: true,
  agent_id: demoData.agentId,
  content: 'Remind her of tomorrow.',
};

/** The sentence is always at the top level too. */
export const errorOf = ({ body }: Answer) => {
  const { error, message } = errorSchema.parse(body);
  expect(message).toBe(error.message);
  return error;
};

/** The function with real parts around it: PGlite behind Supabase's API, the vendors' and the model's doubles. */
export const startApi = async (options: ApiOptions = {}) => {
  const { env, database: given, io: changed, around = (fetch) => fetch } = options;
  const database = given ?? (await startDatabase());
  const [vendors, model] = await Promise.all([startVendors(), startModel()]);
  const route = around(
    createVendorFetch({
      vendorOrigin: vendors.origin,
      modelOrigin: model.origin,
      fetch: createLeanFetch(),
    }),
  );
  const databaseCalls: string[] = [];
  const logs: LogFields[] = [];
  const fetchAndCount: Fetch = (url, init) => {
    if (url.startsWith(database.url)) databaseCalls.push(new URL(url).pathname);
    return route(url, init);
  };
  const io: Io = {
    fetch: fetchAndCount,
    now: () => Date.now(),
    log: (level, fields) => logs.push({ level, ...fields }),
    ...changed,
  };
  const deps = createDeps(
    {
      SUPABASE_URL: database.url,
      SUPABASE_SECRET_KEY: database.secretKey,
      CREDENTIALS_KEY: demoData.credentialsKey,
      PUBLIC_URL: publicUrl,
      CRON_SECRET: demoData.cronSecret,
      ...env,
    },
    io,
  );
  const app = createApp(deps, basePath, { servesPages: options.servesPages ?? true });
  const { waitUntil, drain } = createBackground();

  const request = async (path: string, init: RequestInit = {}): Promise<Answer> => {
    const response = await app.request(`${basePath}${path}`, init, { waitUntil });
    const text = await response.text();
    const json = response.headers.get('content-type')?.includes('json');
    return {
      status: response.status,
      headers: response.headers,
      body: json ? JSON.parse(text) : text,
    };
  };

  return {
    app,
    deps,
    database,
    vendors,
    model,
    logs,
    databaseCalls,
    request,
    /** POST /send-message with the demo's key. */
    send: (body: unknown, headers: Readonly<Record<string, string>> = {}) =>
      request('/send-message', {
        method: 'POST',
        headers: { 'x-api-key': demoData.apiKey, 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    getMessage: (id: string) =>
      request(`/messages/${id}`, { headers: { 'x-api-key': demoData.apiKey } }),
    sweep: () =>
      request('/jobs/sweep', {
        method: 'POST',
        headers: { 'x-cron-secret': demoData.cronSecret },
      }),
    /** Waits for the work that continues after the responses. */
    drain,
    /** Forgets everything that was seen so far. */
    reset: () => {
      vendors.reset();
      model.reset();
      databaseCalls.length = 0;
      logs.length = 0;
    },
    stop: async () => {
      await drain();
      await Promise.all([vendors.stop(), model.stop()]);
      if (!given) await database.stop();
    },
  };
};

export type Api = Awaited<ReturnType<typeof startApi>>;

/** Exactly the seven fields of the contract, of the right types. */
export const expectSent = ({ status, body }: Answer) => {
  expect({ status, body }).toMatchObject({ status: 200 });
  return z
    .strictObject({
      message_id: z.string().regex(/^msg_[0-9a-hjkmnp-tv-z]{26}$/),
      content: z.string().min(1),
      sender_type: z.enum(['user', 'agent']),
      channel: z.enum(['sms', 'email', 'whatsapp', 'facebook', 'instagram']),
      ai: z.boolean(),
      delivered: z.literal(true),
      timestamp: z.iso.datetime({ precision: 3 }),
    })
    .parse(body);
};

type ExpectedError = { readonly status: number; readonly code: string; readonly retry: string };

/** The error of the contract, with the address of its documentation and the request's id. */
export const expectError = (answer: Answer, { status, code, retry }: ExpectedError) => {
  const error = errorOf(answer);
  expect({ status: answer.status, code: error.code, retry: error.retry }).toEqual({
    status,
    code,
    retry,
  });
  expect(error.doc_url).toBe(`${publicUrl}/errors/${code}`);
  expect(error.request_id).toBe(answer.headers.get('x-request-id'));
  return error;
};
