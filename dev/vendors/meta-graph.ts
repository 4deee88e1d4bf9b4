import { createHmac, randomBytes } from 'node:crypto';
import { demoData } from '../demo-data.ts';
import type { FieldProblem } from './check-body.ts';
import type { SignedRequest } from './desk.ts';
import type { LateReceiptFault, StatusFault } from './faults.ts';

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

/** Graph names the field, and has one code for fields that are missing, unknown or too long. */
export const refuseField = ({ kind, field, message }: FieldProblem): MetaRefusal => {
  if (kind === 'missing') {
    return { status: 400, code: 100, message: `(#100) The parameter ${field} is required.` };
  }
  if (kind === 'unknown') {
    return { status: 400, code: 100, message: `(#100) ${message} on the request body.` };
  }
  return { status: 400, code: 100, message: `(#100) Param ${field}: ${message}` };
};

/** A webhook as Meta signs it: HMAC-SHA256 over the bytes, in which everything past ASCII is escaped. */
const signMeta = (url: string, payload: object): SignedRequest => {
  const body = JSON.stringify(payload).replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const signature = createHmac('sha256', demoData.meta.appSecret).update(body).digest('hex');
  return {
    url,
    headers: { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}` },
    body,
  };
};

const unixSeconds = (): string => `${Math.floor(Date.now() / 1000)}`;

export const whatsappReceipt = (
  message: { readonly id: string; readonly to: string; readonly ourId: string | null },
  { status, webhookUrl }: LateReceiptFault,
): SignedRequest | null => {
  if (webhookUrl === undefined) return null;
  const { phoneNumberId, displayPhoneNumber } = demoData.meta;
  const receipt = {
    id: message.id,
    status,
    timestamp: unixSeconds(),
    recipient_id: message.to,
    ...(message.ourId === null ? {} : { biz_opaque_callback_data: message.ourId }),
    ...(status === 'failed' ? { errors: [undeliverable] } : {}),
  };
  const metadata = { display_phone_number: displayPhoneNumber, phone_number_id: phoneNumberId };
  const value = { messaging_product: 'whatsapp', metadata, statuses: [receipt] };
  const entry = [{ id: '100000000000009', changes: [{ value, field: 'messages' }] }];
  return signMeta(webhookUrl, { object: 'whatsapp_business_account', entry });
};

const undeliverable = {
  code: 131026,
  title: 'Message undeliverable',
  message: 'Message undeliverable',
  error_data: { details: 'Message Undeliverable.' },
};

/** `delivered` or `read`, as Messenger and Instagram say it. */
export const messagingReceipt = (
  message: { readonly id: string; readonly to: string; readonly account: string },
  channel: 'facebook' | 'instagram',
  { status, webhookUrl }: LateReceiptFault,
): SignedRequest | null => {
  if (webhookUrl === undefined) return null;
  const watermark = Date.now();
  const read = channel === 'facebook' ? { watermark } : { mid: message.id };
  const event = {
    sender: { id: message.to },
    recipient: { id: message.account },
    timestamp: watermark,
    ...(status === 'read' ? { read } : { delivery: { mids: [message.id], watermark } }),
  };
  return signMeta(webhookUrl, {
    object: channel === 'facebook' ? 'page' : 'instagram',
    entry: [{ id: message.account, time: watermark, messaging: [event] }],
  });
};
