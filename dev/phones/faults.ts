import { z } from 'zod';
import { vendorHosts } from '../../scripts/crm/local-stack/route-fetch.ts';
import { type Channel, channels } from '../../src/ports/channel.ts';
import type { Model, ModelTurn } from '../model.ts';
import type { Fault, FaultInput, VendorHost } from '../vendors/faults.ts';
import type { Vendors } from '../vendors/index.ts';
import { type ActiveFault, type FaultKind, faultKinds } from './wire.ts';

const slowMs = 4000;

const hosts = {
  sms: 'api.twilio.com',
  email: 'api.resend.com',
  whatsapp: 'graph.facebook.com',
  facebook: 'graph.facebook.com',
  instagram: 'graph.instagram.com',
} as const satisfies Record<Channel, VendorHost>;

type Refusal = Pick<Extract<FaultInput, { type: 'status' }>, 'code' | 'subcode' | 'message'> & {
  readonly status: number;
};

/** The channel's vendor says that nobody can be reached at the address. */
const refusals: Readonly<Record<Channel, Refusal>> = {
  sms: { status: 400, code: 21211, message: "Invalid 'To' Phone Number" },
  email: { status: 422, code: 'validation_error', message: 'Invalid `to` field' },
  whatsapp: { status: 400, code: 131026, message: 'Message undeliverable' },
  facebook: { status: 400, code: 551, message: 'This person is not available right now' },
  instagram: {
    status: 400,
    code: 100,
    subcode: 2534014,
    message: 'The requested user cannot be found',
  },
};

/** One fault at a time for each provider. `channel` may also be the model, which can only be down. */
export const faultRequestSchema = z.discriminatedUnion('channel', [
  z.strictObject({ channel: z.enum(channels), kind: z.enum(faultKinds) }),
  z.strictObject({ channel: z.literal('model'), kind: z.literal('down') }),
]);
export type FaultRequest = z.output<typeof faultRequestSchema>;

export const clearRequestSchema = z.strictObject({ channel: z.enum([...channels, 'model']) });
export type ClearRequest = z.output<typeof clearRequestSchema>;

const toFault = (channel: Channel, kind: FaultKind): FaultInput => {
  const target = { host: hosts[channel], times: 'until_reset' } as const;
  switch (kind) {
    case 'down':
      return { ...target, type: 'status', status: 503, message: 'Service unavailable' };
    case 'slow':
      return { ...target, type: 'delay', ms: slowMs };
    case 'hang':
      return { ...target, type: 'take_then_hang' };
    case 'refuse':
      return { ...target, type: 'status', ...refusals[channel] };
  }
};

const kindOf = (fault: Fault): FaultKind | null => {
  switch (fault.type) {
    case 'status':
      return fault.status === 503 ? 'down' : 'refuse';
    case 'delay':
      return 'slow';
    case 'take_then_hang':
      return 'hang';
    default:
      return null;
  }
};

const modelDown: ModelTurn = { type: 'error', status: 503, message: 'The model is overloaded' };

type Doubles = { readonly vendors: Vendors; readonly model: Model };

export const setFault = ({ vendors, model }: Doubles, request: FaultRequest): void => {
  if (request.channel === 'model') {
    model.always(modelDown);
    return;
  }
  vendors.clearFaults(hosts[request.channel]);
  vendors.fail(toFault(request.channel, request.kind));
};

export const clearFault = ({ vendors, model }: Doubles, { channel }: ClearRequest): void => {
  if (channel === 'model') model.always(null);
  else vendors.clearFaults(hosts[channel]);
};

export const clearFaults = ({ vendors, model }: Doubles): void => {
  for (const host of vendorHosts) vendors.clearFaults(host);
  model.always(null);
};

/** The present faults of the doubles. The page or anybody else may have set them. */
export const readFaults = ({ vendors, model }: Doubles): readonly ActiveFault[] => {
  const ofVendors = vendors.standingFaults().flatMap((fault): ActiveFault[] => {
    const kind = kindOf(fault);
    return kind === null ? [] : [{ target: fault.host, kind }];
  });
  return model.standing() === null ? ofVendors : [...ofVendors, { target: 'model', kind: 'down' }];
};
