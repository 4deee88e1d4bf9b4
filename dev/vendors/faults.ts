import { z } from 'zod';
import { vendorHosts } from '../../scripts/crm/local-stack/route-fetch.ts';
import { receiptFields } from './receipt-schema.ts';

export type VendorHost = (typeof vendorHosts)[number];

const target = {
  host: z.enum(vendorHosts),
  /** It hits messages, or questions about the account. */
  on: z.enum(['send', 'read']).default('send'),
  /** How many of them it hits. */
  times: z.union([z.int().positive(), z.literal('until_reset')]).default(1),
};

/** The vendor refuses, or breaks down, in its own format. */
const statusFault = z.strictObject({
  ...target,
  type: z.literal('status'),
  status: z.int().min(400).max(599),
  /** The vendor's code: a number at Twilio and Meta, a name at Resend. */
  code: z.union([z.int(), z.string()]).optional(),
  /** Meta only. */
  subcode: z.int().optional(),
  message: z.string().optional(),
  /** Seconds, for the `Retry-After` header. */
  retryAfter: z.int().nonnegative().optional(),
  /** The message goes out anyway. */
  taken: z.boolean().default(false),
});

/** The vendor takes the message and posts a signed receipt later. */
const lateReceiptFault = z.strictObject({
  ...target,
  type: z.literal('late_receipt'),
  afterMs: z.int().nonnegative().default(0),
  ...receiptFields,
  /** The response to the send call itself. */
  answer: z.enum(['normal', 'cut']).default('normal'),
});

const plainFault = (type: 'hang_before' | 'take_then_hang' | 'cut_before' | 'take_then_cut') =>
  z.strictObject({ ...target, type: z.literal(type) });

export const faultSchema = z.discriminatedUnion('type', [
  statusFault,
  lateReceiptFault,
  plainFault('hang_before'),
  plainFault('take_then_hang'),
  plainFault('cut_before'),
  plainFault('take_then_cut'),
  /** The message is taken; the connection ends in the middle of a good response. */
  z.strictObject({ ...target, type: z.literal('take_then_truncate') }),
  /** The message is taken; the response is a 2xx whose body is not JSON. */
  z.strictObject({
    ...target,
    type: z.literal('garbage'),
    body: z.string().default('<html><body>OK</body></html>'),
  }),
  /** The message is not taken. */
  z.strictObject({
    ...target,
    type: z.literal('redirect'),
    status: z.literal([301, 302, 303, 307, 308]).default(307),
    location: z.string().min(1),
  }),
  /** The message is taken, and the response is late. */
  z.strictObject({ ...target, type: z.literal('delay'), ms: z.int().nonnegative() }),
]);

export type FaultInput = z.input<typeof faultSchema>;
export type Fault = z.output<typeof faultSchema>;
export type StatusFault = z.output<typeof statusFault>;
export type LateReceiptFault = z.output<typeof lateReceiptFault>;

export type FaultQueue = {
  add(fault: FaultInput): void;
  /** The fault for the next valid send or question to this host; it is then used up. */
  take(host: VendorHost, on?: Fault['on']): Fault | null;
  /** The faults that hit every send until they are cleared. */
  standing(): readonly Fault[];
  /** All, or those of one host. */
  clear(host?: VendorHost): void;
};

export type Misbehave = (host: VendorHost) => FaultInput | null;

/**
 * The faults of one host are used up in the order in which they were set. After that, `misbehave` decides about each
 * send.
 */
export const createFaultQueue = (misbehave: Misbehave = () => null): FaultQueue => {
  let waiting: readonly { readonly fault: Fault; left: number }[] = [];
  return {
    add: (input) => {
      const fault = faultSchema.parse(input);
      const left = fault.times === 'until_reset' ? Number.POSITIVE_INFINITY : fault.times;
      waiting = [...waiting, { fault, left }];
    },
    take: (host, on = 'send') => {
      const entry = waiting.find(
        ({ fault, left }) => fault.host === host && fault.on === on && left > 0,
      );
      if (!entry) {
        const fault = on === 'send' ? misbehave(host) : null;
        return fault && faultSchema.parse(fault);
      }
      entry.left -= 1;
      return entry.fault;
    },
    standing: () => waiting.flatMap(({ fault }) => (fault.times === 'until_reset' ? [fault] : [])),
    clear: (host) => {
      waiting = waiting.filter(({ fault }) => host !== undefined && fault.host !== host);
    },
  };
};
