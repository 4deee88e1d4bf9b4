/** Blocks of IANA's special-purpose registry that are not public: first address, prefix length. */
const closedIpv4Blocks = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const;

/** The parts of 2000::/3 that are not public: protocol assignments with Teredo, documentation, 6to4, documentation again. */
const closedIpv6Prefixes = [/^2001:1?[\da-f]{0,2}:/, /^2001:db8:/, /^2002:/, /^3fff:/];

const closedSuffixes = ['.localhost', '.local', '.internal', '.home.arpa'];

/**
 * True for an https URL without credentials whose host is on the public internet, as far as the URL can tell: a name
 * that resolves to a private address is not noticed. The URL parser has normalised every spelling of an address.
 */
export const isPublicHttpsUrl = (text: string): boolean => {
  const url = parse(text);
  return (
    url !== null &&
    url.protocol === 'https:' &&
    url.username === '' &&
    url.password === '' &&
    isPublicHost(url.hostname)
  );
};

// For a very long host, canParse says yes on some hosts, and the constructor throws.
const parse = (text: string): URL | null => {
  try {
    return new URL(text);
  } catch {
    return null;
  }
};

const isPublicHost = (host: string): boolean => {
  if (host.startsWith('[')) return isPublicIpv6(host.slice(1, -1));
  if (/^\d+(\.\d+){3}$/.test(host)) return isPublicIpv4(host);
  const name = host.replace(/\.$/, '').toLowerCase();
  // No name is longer, so a longer one is not looked up.
  if (name.length > 253) return false;
  return name.includes('.') && !closedSuffixes.some((suffix) => name.endsWith(suffix));
};

const isPublicIpv4 = (address: string) =>
  !closedIpv4Blocks.some(([first, prefix]) => {
    const size = 2 ** (32 - prefix);
    return Math.floor(toNumber(address) / size) === Math.floor(toNumber(first) / size);
  });

const toNumber = (address: string) =>
  address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

// Only 2000::/3 is global unicast. This excludes loopback, link-local, unique-local, multicast, NAT64 and mapped IPv4.
const isPublicIpv6 = (address: string) =>
  /^[23][\da-f]{3}:/.test(address) && !closedIpv6Prefixes.some((prefix) => prefix.test(address));
