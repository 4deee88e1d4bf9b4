import { randomBytes } from 'node:crypto';
import type { FieldProblem } from './check-body.ts';
import type { StatusFault, VendorHost } from './faults.ts';

export type GraphHost = Extract<VendorHost, `graph.${string}`>;

export type MetaRefusal = {
  readonly status: number;
  readonly code: number;
  readonly message: string;
  readonly subcode?: number;
  readonly type?: string;
  readonly details?: string;
};

/** The Graph API's error envelope. */
export const toErrorBody = ({ code, subcode, message, type, details }: MetaRefusal) => ({
  error: {
    message,
    type: type ?? 'OAuthException',
    code,
    ...(subcode === undefined ? {} : { error_subcode: subcode }),
    ...(details === undefined ? {} : { error_data: { messaging_product: 'whatsapp', details } }),
    fbtrace_id: `A${randomBytes(16).toString('base64url')}`,
  },
});

export const toFaultBody = (fault: StatusFault) => {
  const code = Number(fault.code ?? (fault.status === 429 ? 4 : 2));
  const message = `(#${code}) ${fault.message ?? 'Fault'}`;
  const { status, subcode } = fault;
  return toErrorBody({ status, code, message, ...(subcode === undefined ? {} : { subcode }) });
};

/** Graph names the field, and uses one code for fields that are missing, unknown or too long. */
export const refuseField = ({ kind, field, message }: FieldProblem): MetaRefusal => {
  if (kind === 'missing') {
    return { status: 400, code: 100, message: `(#100) The parameter ${field} is required.` };
  }
  if (kind === 'unknown') {
    return { status: 400, code: 100, message: `(#100) ${message} on the request body.` };
  }
  return { status: 400, code: 100, message: `(#100) Param ${field}: ${message}` };
};
