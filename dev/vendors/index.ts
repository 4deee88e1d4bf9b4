import { Hono } from 'hono';
import { type Bindings, type Served, serveLocally } from '../serve.ts';
import { createControl } from './control.ts';
import { createDesk } from './desk.ts';
import {
  createFaultQueue,
  type FaultInput,
  type Misbehave,
  type VendorHost,
  vendorHosts,
} from './faults.ts';
import {
  type ArrivedRequest,
  createJournal,
  type Journal,
  type PostedReceipt,
  type SentMessage,
} from './journal.ts';
import { createMeta } from './meta.ts';
import { createResend } from './resend.ts';
import { createTwilio } from './twilio.ts';

type VendorApp = Hono<{ Bindings: Bindings }>;

export type Vendors = {
  /** A vendor answers under `/<its host>` here. */
  readonly origin: string;
  readonly port: number;
  /** Each vendor once more, alone at the root of an origin, for those who can only swap origins. */
  readonly origins: Readonly<Record<VendorHost, string>>;
  sent(): readonly SentMessage[];
  requests(): readonly ArrivedRequest[];
  receipts(): readonly PostedReceipt[];
  fail(fault: FaultInput): void;
  reset(): void;
  stop(): Promise<void>;
};

export type VendorsOptions = {
  readonly port?: number;
  readonly portVariable?: string;
  /** What a good send meets when no fault is set. */
  readonly misbehave?: Misbehave;
};

/** Notes each request before the vendor sees it. */
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
  const journal = createJournal();
  const faults = createFaultQueue(options.misbehave);
  const desk = createDesk(journal, faults);
  const resend = createResend(desk);
  const doubles: readonly (readonly [VendorHost, VendorApp])[] = [
    ['api.twilio.com', createTwilio(desk)],
    ['graph.facebook.com', createMeta(desk, 'graph.facebook.com')],
    ['graph.instagram.com', createMeta(desk, 'graph.instagram.com')],
    ['api.resend.com', resend.app],
  ];
  const apps = new Map(doubles.map(([host, app]) => [host, recorded(host, app, journal)]));
  const reset = () => {
    desk.cancelReceipts();
    faults.clear();
    resend.reset();
    journal.clear();
  };

  const root: VendorApp = new Hono();
  for (const [host, app] of apps) root.route(`/${host}`, app);
  root.route('/_control', createControl({ journal, fail: faults.add, reset }));

  const { port = 0, portVariable } = options;
  const served = await serveLocally({
    fetch: root.fetch,
    port,
    ...(portVariable === undefined ? {} : { portVariable }),
  });
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
    fail: faults.add,
    reset,
    stop: async () => {
      desk.cancelReceipts();
      await Promise.all([served, ...alone.values()].map((server) => server.stop()));
    },
  };
};
