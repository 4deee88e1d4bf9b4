import { createBackground } from '../functions/background.ts';
import { createLeanFetch } from '../functions/lean-fetch/lean-fetch.ts';
import { createVendorFetch } from '../scripts/crm/local-stack/route-fetch.ts';
import { createApp } from '../src/app.ts';
import { createDeps } from '../src/compose.ts';
import type { Fetch, Io } from '../src/ports/io.ts';
import { type Database, startDatabase } from './database.ts';
import { demoData } from './demo-data.ts';
import { type Model, type ModelAnswer, startModel } from './model.ts';
import { type Served, serveLocally } from './serve.ts';
import { startVendors, type Vendors, type VendorsOptions } from './vendors/index.ts';
import type { WebhookUrls } from './vendors/webhook.ts';

const basePath = '/functions/v1/crm-api';

export type Stack = {
  /** The address of the API, including the path at which the function is mounted. */
  readonly apiUrl: string;
  readonly database: Database;
  readonly vendors: Vendors;
  readonly model: Model;
  /** The `fetch` that the API was given. */
  readonly fetch: Fetch;
  stop(): Promise<void>;
};

export type FrontParts = Pick<Stack, 'apiUrl' | 'database' | 'vendors' | 'model'>;

export type Front = {
  /** Null: it has none of its own and uses the API's. */
  handle(request: Request): Response | Promise<Response> | null;
  /** Ends everything that it keeps open. */
  stop(): void;
};

export type StackOptions = {
  /** Each port: any free one by default. */
  readonly apiPort?: number;
  readonly databasePort?: number;
  readonly vendorsPort?: number;
  readonly modelPort?: number;
  /** A migrated and seeded Postgres in place of the embedded one. */
  readonly postgresUrl?: string;
  /** From a vendor's host to the origin that replaces its double. */
  readonly vendorOrigins?: Readonly<Record<string, string>>;
  /** The receipts that follow each message by themselves. Default: none. */
  readonly receipts?: VendorsOptions['receipts'];
  /** Wraps `fetch`, to count, delay or break the API's calls. */
  readonly aroundFetch?: (fetch: Fetch) => Fetch;
  /** The model's reply when nothing is queued. */
  readonly modelAnswer?: ModelAnswer;
  /** Served at the root of the API's origin, beside the API. */
  readonly front?: (parts: FrontParts) => Front;
  /** How often the sweeper runs, in milliseconds. Default: never. */
  readonly sweepEveryMs?: number;
  readonly now?: Io['now'];
  /** Silent by default. */
  readonly log?: Io['log'];
};

type Stoppable = { stop(): Promise<void> };

const stopAll = async (parts: readonly Stoppable[]): Promise<void> => {
  for (const part of parts.toReversed()) await part.stop();
};

const chooseFetch = (vendors: Vendors, model: Model, options: StackOptions): Fetch => {
  const fetch = createVendorFetch({
    vendorOrigin: vendors.origin,
    modelOrigin: model.origin,
    overrides: options.vendorOrigins ?? {},
    fetch: createLeanFetch(),
  });
  return options.aroundFetch?.(fetch) ?? fetch;
};

type Parts = Omit<FrontParts, 'apiUrl'> & { readonly fetch: Fetch };

const serveApi = async (parts: Parts, options: StackOptions): Promise<Served> => {
  const { database, fetch } = parts;
  const { now = Date.now, log = () => undefined } = options;
  const compose = (publicUrl: string) => {
    const environment = {
      SUPABASE_URL: database.url,
      SUPABASE_SECRET_KEY: database.secretKey,
      CREDENTIALS_KEY: demoData.credentialsKey,
      CRON_SECRET: demoData.cronSecret,
      PUBLIC_URL: publicUrl,
    };
    const deps = createDeps(environment, { fetch, now, log }, { allowPrivateBaseUrls: true });
    return createApp(deps, basePath, { servesPages: true });
  };
  const background = createBackground();
  const host = { waitUntil: background.waitUntil };
  const served = await serveLocally({
    fetch: (request) => front?.handle(request) ?? app.fetch(request, host),
    port: options.apiPort ?? 0,
    portVariable: 'PORT',
  });
  // The API's own address is part of its configuration, so the API is composed after its port is known.
  const apiUrl = `${served.origin}${basePath}`;
  const app = compose(apiUrl);
  const front = options.front?.({ ...parts, apiUrl });
  const sweep = () => {
    const headers = { 'x-cron-secret': demoData.cronSecret };
    const swept = app.request(`${basePath}/jobs/sweep`, { method: 'POST', headers }, host);
    background.waitUntil(Promise.resolve(swept));
  };
  if (options.sweepEveryMs) sweep();
  const timer = options.sweepEveryMs && setInterval(sweep, options.sweepEveryMs);
  return {
    ...served,
    stop: async () => {
      clearInterval(timer);
      front?.stop();
      await background.drain();
      await served.stop();
    },
  };
};

/** The webhook paths of the demo's accounts, below the path at which the function is mounted. */
const webhookUrls = (apiUrl: string) => {
  const { twilio, meta, instagram, resend } = demoData.connectionIds;
  return {
    twilio: `${apiUrl}/webhooks/twilio/${twilio}`,
    meta: `${apiUrl}/webhooks/meta/${meta}`,
    instagram: `${apiUrl}/webhooks/meta/${instagram}`,
    resend: `${apiUrl}/webhooks/resend/${resend}`,
  } satisfies WebhookUrls;
};

/** Starts the whole product in this process: database, vendors, model and API, each on 127.0.0.1. */
export const startStack = async (options: StackOptions = {}): Promise<Stack> => {
  const parts: Stoppable[] = [];
  const started = <T extends Stoppable>(part: T): T => {
    parts.push(part);
    return part;
  };
  try {
    const vendors = started(
      await startVendors({
        port: options.vendorsPort ?? 0,
        portVariable: 'DEV_VENDORS_PORT',
        ...(options.receipts === undefined ? {} : { receipts: options.receipts }),
      }),
    );
    const model = started(
      await startModel({
        port: options.modelPort ?? 0,
        portVariable: 'DEV_MODEL_PORT',
        ...(options.modelAnswer === undefined ? {} : { answer: options.modelAnswer }),
      }),
    );
    const database = started(
      await startDatabase({
        port: options.databasePort ?? 0,
        portVariable: 'DEV_DB_PORT',
        ...(options.postgresUrl === undefined ? {} : { postgresUrl: options.postgresUrl }),
      }),
    );
    const fetch = chooseFetch(vendors, model, options);
    const api = started(await serveApi({ database, vendors, model, fetch }, options));
    const apiUrl = `${api.origin}${basePath}`;
    vendors.callBack(webhookUrls(apiUrl));
    return { apiUrl, database, vendors, model, fetch, stop: () => stopAll(parts) };
  } catch (error) {
    await stopAll(parts);
    throw error;
  }
};
