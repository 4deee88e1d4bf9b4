import * as z from 'zod';

const neverMadeCodes = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

// Deno has no codes. hyper says "(Connect)" for DNS, TCP and TLS, and "(SendRequest)" for everything after.
const denoWords = 'client error (Connect)';

// Cloudflare's, once an invocation has made as many calls as it may.
const noCallLeft = 'Too many subrequests';

const thrown = z.object({
  message: z.string().optional().catch(undefined),
  code: z.string().optional().catch(undefined),
  syscall: z.string().optional().catch(undefined),
  cause: z.unknown().optional(),
});
type Thrown = z.infer<typeof thrown>;

// EHOSTUNREACH can also come on an established connection; then the system call is a read or a write.
const failedWhileTalking = ({ syscall }: Thrown): boolean =>
  syscall === 'read' || syscall === 'write';

const saysNeverMade = (error: Thrown): boolean =>
  error.syscall === 'connect' ||
  (error.code !== undefined && neverMadeCodes.has(error.code) && !failedWhileTalking(error)) ||
  error.message?.includes(denoWords) === true ||
  error.message?.startsWith(noCallLeft) === true;

/**
 * True if a failed `fetch` certainly reached nobody. Node and Deno tell. workerd does not, so there the result is
 * false: it says "Network connection lost." for a refused connection and for one that was cut after the request, and
 * "internal error" for a name without an address and for a response that is not HTTP. On Cloudflare itself a response
 * tells: see verdict.ts.
 */
export const connectionWasNeverMade = (error: unknown, depth = 0): boolean => {
  const parsed = thrown.safeParse(error);
  if (!parsed.success || depth > 4) return false;
  return saysNeverMade(parsed.data) || connectionWasNeverMade(parsed.data.cause, depth + 1);
};
