import { z } from 'zod';
import type { Fetch } from '../../../src/ports/io.ts';

/** The hosts that the doubles of the local stack stand in for. */
export const vendorHosts = [
  'api.twilio.com',
  'graph.facebook.com',
  'graph.instagram.com',
  'api.resend.com',
] as const;

type VendorFetchSettings = {
  readonly vendorOrigin: string;
  readonly modelOrigin: string;
  /** From host to the origin that stands in for it; see `parseVendorOrigins`. */
  readonly overrides?: Readonly<Record<string, string>>;
  /** Makes the calls. Default: the platform's. */
  readonly fetch?: Fetch;
};

const modelHosts = ['api.openai.com', 'api.anthropic.com'] as const;
const replaceableHosts = [...vendorHosts, ...modelHosts] as const;
const loopbackHosts = new Set(['127.0.0.1', 'localhost', '[::1]']);

const originsSchema = z.partialRecord(
  z.enum(replaceableHosts),
  z.url({ protocol: /^https?$/, error: 'must be an origin such as http://127.0.0.1:4010' }),
);

const usage = `DEV_VENDOR_ORIGINS must be a JSON object from a vendor's host to an origin, such as {"api.twilio.com":"http://127.0.0.1:4010"}; the hosts are ${replaceableHosts.join(', ')}.`;

/** Reads DEV_VENDOR_ORIGINS: hosts of vendors and models, each with what to ask in its place. */
export const parseVendorOrigins = (text: string | undefined): Record<string, string> => {
  if (text === undefined || text.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error(`${usage} It is not JSON.`, { cause });
  }
  const origins = originsSchema.safeParse(value);
  if (!origins.success) throw new Error(`${usage}\n${z.prettifyError(origins.error)}`);
  return origins.data;
};

const standIns = ({ vendorOrigin, modelOrigin, overrides = {} }: VendorFetchSettings) =>
  new Map([
    ...vendorHosts.map((host): [string, string] => [host, `${vendorOrigin}/${host}`]),
    ...modelHosts.map((host): [string, string] => [host, modelOrigin]),
    ...Object.entries(overrides),
  ]);

/** A `fetch` that asks the doubles in place of vendors and models, and reaches nothing else outside this machine. */
export const createVendorFetch = (settings: VendorFetchSettings): Fetch => {
  const origins = standIns(settings);
  const call = settings.fetch ?? fetch;
  return async (address, init) => {
    const url = new URL(address);
    const standIn = origins.get(url.host);
    if (standIn !== undefined) {
      return call(`${standIn.replace(/\/$/, '')}${url.pathname}${url.search}`, init);
    }
    if (loopbackHosts.has(url.hostname)) return call(address, init);
    throw new TypeError(`The local stack does not let requests out: no double for ${url.host}.`);
  };
};
