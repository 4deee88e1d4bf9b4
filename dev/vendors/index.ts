import { Hono } from 'hono';
import { vendorHosts } from '../../scripts/crm/local-stack/route-fetch.ts';
import { type Bindings, type Served, serveLocally } from '../serve.ts';
import { type Asked, demand, readAsked } from './asked.ts';
import { type AutoReceiptsInput, autoReceiptsSchema } from './auto-receipts.ts';
import { createControl } from './control.ts';
import { createDesk } from './desk.ts';
import {
  createFaultQueue,
  type Fault,
  type FaultInput,
  faultSchema,
  type Misbehave,
  type VendorHost,
} from './faults.ts';
import type { InboundInput } from './inbound-schema.ts';
import {
  type ArrivedRequest,
  createJournal,
  type Journal,
  type PostedReceipt,
  type SentMessage,
} from './journal.ts';
import { createMeta } from './meta.ts';
import type { ReceiptInput } from './receipt-schema.ts';
import { createResend } from './resend.ts';
import { createTwilio } from './twilio.ts';
import { type Configured, configuredSchema, type Posted, type WebhookUrls } from './webhook.ts';
import { createWrite } from './write.ts';

type VendorApp = Hono<{ Bindings: Bindings }>;

export type Vendors = {
  /** A vendor answers under `/<its host>` here. */
  readonly origin: string;
  readonly port: number;
  /** Each vendor again, alone at the root of an origin, for callers that can replace only origins. */
  readonly origins: Readonly<Record<VendorHost, string>>;
  sent(): readonly SentMessage[];
  requests(): readonly ArrivedRequest[];
  receipts(): readonly PostedReceipt[];
  fail(fault: FaultInput): void;
  /** The faults that last until they are cleared. */
  standingFaults(): readonly Fault[];
  /** Removes the faults of one host, and nothing else. */
  clearFaults(host: VendorHost): void;
  /** Says where the accounts' webhooks are. A reset does not change it. */
  callBack(urls: WebhookUrls): void;
  /** Makes accounts say that their webhook is elsewhere, or (null) nowhere; the calls go where they went before. */
  configureWebhooks(webhooks: Configured): void;
  /** A contact writes: the vendor calls the account's webhook. */
  write(message: InboundInput): Promise<Posted>;
  /** The vendor reports, in its own words, what happened to a message that its double took. */
  receipt(receipt: ReceiptInput): Promise<Posted>;
  /** From now on, each message is followed by its vendor's usual receipts; null: by none. */
  autoReceipts(settings: AutoReceiptsInput | null): void;
  /** Forgets everything that was sent, received and set since the start, except the webhooks' addresses. */
  reset(): void;
  stop(): Promise<void>;
};

export type VendorsOptions = {
  readonly port?: number;
  readonly portVariable?: string;
  /** The outcome of a valid send when no fault is set. */
  readonly misbehave?: Misbehave;
  /** The receipts that follow each message by themselves. Default: none. */
  readonly receipts?: AutoReceiptsInput;
};

/** Records each request before the vendor sees it. */
const recorded = (host: VendorHost, vendor: VendorApp, journal: Journal): VendorApp => {
  const app: VendorApp = new Hono();
  app.all('*', async (c) => {
    const { method, url, headers } = c.req.raw;
    const body = await c.req.text();
    const { pathname, search } = new URL(url);
    const path = `${pathname.replace(`/${host}/`, '/')}${search}`;
    journal.requests.push({ host, method, path, headers: Object.fromEntries(headers), body });
    const request = new Request(new URL(path, `https://${host}`), {
      method,
      headers,
      body: body === '' ? null : body,
    });
    return vendor.fetch(request, c.env);
  });
  return app;
};

const createDoubles = ({ misbehave, receipts }: VendorsOptions) => {
  const journal = createJournal();
  const faults = createFaultQueue(misbehave);
  const desk = createDesk(journal, faults);
  const twilio = createTwilio(desk);
  const resend = createResend(desk);
  const doubles: readonly (readonly [VendorHost, VendorApp])[] = [
    ['api.twilio.com', twilio.app],
    ['graph.facebook.com', createMeta(desk, 'graph.facebook.com')],
    ['graph.instagram.com', createMeta(desk, 'graph.instagram.com')],
    ['api.resend.com', resend.app],
  ];
  const follow = (settings: unknown): Asked<null> => {
    const asked = readAsked(autoReceiptsSchema.nullable(), settings);
    if (!asked.ok) return asked;
    desk.receipts.auto(asked.value);
    return { ok: true, value: null };
  };
  const fail = (fault: unknown): Asked<null> => {
    const asked = readAsked(faultSchema, fault);
    if (!asked.ok) return asked;
    faults.add(asked.value);
    return { ok: true, value: null };
  };
  const configure = (webhooks: unknown): Asked<null> => {
    const asked = readAsked(configuredSchema, webhooks);
    if (!asked.ok) return asked;
    desk.configure(asked.value);
    return { ok: true, value: null };
  };
  const reset = () => {
    desk.configure({});
    desk.receipts.clear();
    demand(follow(receipts ?? null));
    faults.clear();
    twilio.reset();
    resend.reset();
    journal.clear();
  };
  reset();
  const write = createWrite(desk, { twilio, resend });
  const apps = new Map(doubles.map(([host, app]) => [host, recorded(host, app, journal)]));
  return { journal, desk, faults, apps, write, fail, follow, configure, reset };
};

const serveTogether = async (
  doubles: ReturnType<typeof createDoubles>,
  { port = 0, portVariable }: VendorsOptions,
): Promise<Served> => {
  const { journal, desk, apps, write, fail, follow, configure, reset } = doubles;
  const root: VendorApp = new Hono();
  for (const [host, app] of apps) root.route(`/${host}`, app);
  const { now: receipt } = desk.receipts;
  const control = { journal, fail, write, receipt, autoReceipts: follow, configure, reset };
  root.route('/_control', createControl(control));
  const { fetch } = root;
  return serveLocally({ fetch, port, ...(portVariable === undefined ? {} : { portVariable }) });
};

const serveAlone = async (apps: ReadonlyMap<VendorHost, VendorApp>) => {
  const entries = await Promise.all(
    vendorHosts.map(async (host): Promise<readonly [VendorHost, Served]> => {
      const fetch = apps.get(host)?.fetch;
      if (!fetch) throw new Error(`There is no double for ${host}.`);
      return [host, await serveLocally({ fetch, port: 0 })];
    }),
  );
  return new Map(entries);
};

/** Starts the doubles of all vendors, on one port. */
export const startVendors = async (options: VendorsOptions = {}): Promise<Vendors> => {
  const doubles = createDoubles(options);
  const { journal, desk, faults, apps, write, fail, follow, reset } = doubles;
  const served = await serveTogether(doubles, options);
  const alone = await serveAlone(apps);
  const originOf = (host: VendorHost) => alone.get(host)?.origin ?? '';

  return {
    origin: served.origin,
    port: served.port,
    origins: {
      'api.twilio.com': originOf('api.twilio.com'),
      'graph.facebook.com': originOf('graph.facebook.com'),
      'graph.instagram.com': originOf('graph.instagram.com'),
      'api.resend.com': originOf('api.resend.com'),
    },
    sent: () => [...journal.sent],
    requests: () => [...journal.requests],
    receipts: () => [...journal.receipts],
    fail: (fault) => void demand(fail(fault)),
    standingFaults: faults.standing,
    clearFaults: faults.clear,
    callBack: desk.callBack,
    configureWebhooks: desk.configure,
    write: async (message) => demand(await write(message)),
    receipt: async (receipt) => demand(await desk.receipts.now(receipt)),
    autoReceipts: (settings) => void demand(follow(settings)),
    reset,
    stop: async () => {
      desk.receipts.clear();
      await Promise.all([served, ...alone.values()].map((server) => server.stop()));
    },
  };
};
