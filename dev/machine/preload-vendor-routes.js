// Loaded before a host's entry by Node (--import) and Deno (--preload). Sends requests for a vendor's host to its
// double, as TEST_VENDOR_ORIGINS says (a JSON object from host to origin), and lets nothing else leave this machine.
import http from 'node:http';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import process from 'node:process';

const origins = new Map(Object.entries(JSON.parse(process.env.TEST_VENDOR_ORIGINS ?? '{}')));
const fetchFromNetwork = globalThis.fetch;
const route = (address) => {
  const url = new URL(address);
  const origin = origins.get(url.host);
  if (origin) return new URL(url.pathname + url.search, origin);
  if (url.hostname === '127.0.0.1' || url.hostname === 'localhost') return url;
  throw new TypeError(`no double stands in for ${url.host}`);
};

globalThis.fetch = async (input, init) =>
  fetchFromNetwork(
    input instanceof Request ? new Request(route(input.url), input) : route(input),
    init,
  );

// The Node host's own fetch asks these, with the parts of a URL and a list of headers.
const agent = new http.Agent({ keepAlive: true });
const places = new Map();
/** Each origin is parsed once, so that a benchmark measures the host and not this file. */
const placeOf = (origin) => {
  const known = places.get(origin);
  if (known) return known;
  const { host, hostname, port } = route(origin);
  const place = { host, hostname, port };
  places.set(origin, place);
  return place;
};
const askDouble = (protocol, request) => (options) => {
  const { host: name, port: number, headers } = options;
  const { host, hostname, port } = placeOf(`${protocol}//${name}${number && `:${number}`}`);
  const sent = headers.with(headers.indexOf('host') + 1, host);
  return request({ ...options, host: hostname, port, headers: sent, agent });
};
const isLean = ([options]) => Array.isArray(options?.headers);

if (!('Deno' in globalThis)) {
  const { request } = http;
  for (const module of [http, https]) {
    const protocol = module === http ? 'http:' : 'https:';
    const { request: original } = module;
    const ask = askDouble(protocol, request);
    module.request = (...given) => (isLean(given) ? ask(...given) : original(...given));
  }
  syncBuiltinESMExports();
}
