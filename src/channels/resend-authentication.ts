import { domainOf, readMailbox } from '../lib/mailbox.ts';

/** The first value of a header. The receiving server writes its own above those that came with the email. */
type TopHeader = (name: string) => string | null;

// Resend receives through Amazon SES, which writes this name into the header.
const receiver = 'amazonses.com';
/** Characters. */
const longest = 8_000;

/** Removes comments and quoted strings, because the email's sender can choose some of those words. */
const withoutQuoted = (value: string): string => {
  let rest = '';
  let depth = 0;
  let quoted = false;
  for (let index = 0; index < Math.min(value.length, longest); index += 1) {
    const sign = value[index] ?? '';
    if (sign === '\\' && (quoted || depth > 0)) index += 1;
    else if (sign === '"') quoted = !quoted;
    else if (!quoted && sign === '(') depth += 1;
    else if (!quoted && sign === ')' && depth > 0) depth -= 1;
    else if (!quoted && depth === 0) rest += sign;
  }
  return rest;
};

/** If another header was appended to the first one, it begins on a line of its own. */
const firstHeader = (value: string): string => value.split(/\r?\n(?![ \t])/, 1)[0] ?? '';

/** A signature of example.com counts for mail.example.com; one of evil.example.com does not count for example.com. */
const speaksFor = (domain: string | undefined, from: string): boolean =>
  domain !== undefined && domain !== '' && (from === domain || from.endsWith(`.${domain}`));

type Clause = {
  readonly method: string;
  readonly result: string;
  readonly domain: string | undefined;
};

const property = /(?:^|\s)(?:header\.(?:from|d|i)|smtp\.mailfrom|envelope-from)\s*=\s*([^\s;]+)/i;

const readClauses = (text: string): Clause[] => {
  const parts = text.split(';').map((part) => part.trim().toLowerCase());
  return parts.flatMap((part, index) => {
    const [, method, result] = /^(spf|dkim|dmarc)\s*=\s*([a-z]+)/.exec(part) ?? [];
    if (method === undefined || result === undefined) return [];
    // SES writes `spf=pass client-ip=…; envelope-from=…; helo=…`.
    const next = parts[index + 1] ?? '';
    const words = method === 'spf' && !property.test(part) ? next : part;
    const named = property.exec(words)?.[1];
    return [{ method, result, domain: named && domainOf(named).replace(/[>\s].*$/, '') }];
  });
};

const passes = (clauses: readonly Clause[], from: string): boolean => {
  if (clauses.some(({ method, result }) => method === 'dmarc' && result === 'fail')) return false;
  // Only the first SPF result counts: after it stands the name that the sender's server gave itself.
  const spf = clauses.find(({ method }) => method === 'spf');
  return clauses.some((clause) => {
    const { method, result, domain } = clause;
    if (result !== 'pass' || (method === 'spf' && clause !== spf)) return false;
    return method === 'dmarc' ? domain === from : speaksFor(domain, from);
  });
};

/**
 * Whether the receiving server vouches for the address in From: SPF, DKIM or DMARC passed for its domain (RFC 8601).
 * Null: it does not say. ARC is ignored, because anybody can write it.
 */
export const readAuthentication = (from: string, top: TopHeader): boolean | null => {
  const domain = domainOf(readMailbox(from).address);
  if ([top('x-ses-spam-verdict'), top('x-ses-virus-verdict')].some((word) => word === 'FAIL')) {
    return false;
  }
  const results = top('authentication-results');
  if (results !== null) {
    const text = withoutQuoted(firstHeader(results));
    const passed = passes(readClauses(text), domain);
    const server = text.split(';', 1)[0]?.trim().toLowerCase();
    // Another server's "pass" counts for nothing; its "fail" is believed.
    return passed && server !== receiver ? null : passed;
  }
  const spf = top('received-spf');
  return spf === null
    ? null
    : passes(readClauses(`spf=${withoutQuoted(firstHeader(spf))}`), domain);
};
