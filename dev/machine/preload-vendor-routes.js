// Loaded before a host's entry by Node (--import) and Deno (--preload). Sends requests for a vendor's host to its
// double, as TEST_VENDOR_ORIGINS says (a JSON object from host to origin), and lets nothing else leave this machine.
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
