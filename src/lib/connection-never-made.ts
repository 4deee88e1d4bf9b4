import * as z from 'zod';

const neverMadeCodes = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

// Deno has no codes. hyper says "(Connect)" for DNS, TCP and TLS alike, and "(SendRequest)" for what comes after.
const denoWords = 'client error (Connect)';

const thrown = z.object({
  message: z.string().optional().catch(undefined),
  code: z.string().optional().catch(undefined),
  syscall: z.string().optional().catch(undefined),
  cause: z.unknown().optional(),
});
type Thrown = z.infer<typeof thrown>;

// An established connection can fail with EHOSTUNREACH too: then the system call is a read or a write.
const failedWhileTalking = ({ syscall }: Thrown): boolean =>
  syscall === 'read' || syscall === 'write';

const saysNeverMade = (error: Thrown): boolean =>
  error.syscall === 'connect' ||
  (error.code !== undefined && neverMadeCodes.has(error.code) && !failedWhileTalking(error)) ||
  error.message?.includes(denoWords) === true;

/**
 * True when a failed `fetch` certainly reached nobody. Node and Deno tell. workerd does not: a refused connection and one that
 * is cut after the request are both "Network connection lost.", a name without an address and an answer that is no HTTP both
 * "internal error", so there the answer is false. On Cloudflare itself an answer of its own says it: see verdict.ts.
 */
export const connectionWasNeverMade = (error: unknown, depth = 0): boolean => {
  const parsed = thrown.safeParse(error);
  if (!parsed.success || depth > 4) return false;
  return saysNeverMade(parsed.data) || connectionWasNeverMade(parsed.data.cause, depth + 1);
};
