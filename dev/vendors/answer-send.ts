import { setTimeout as sleep } from 'node:timers/promises';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context } from 'hono';
import type { Bindings } from '../serve.ts';
import type { Desk } from './desk.ts';
import type { LateReceiptFault, StatusFault, VendorHost } from './faults.ts';
import type { SentMessage } from './journal.ts';
import type { ToReceipt } from './receipt-schema.ts';

export type VendorContext = Context<{ Bindings: Bindings }>;

/** A valid request, and how this vendor takes, accepts and refuses it. */
export type GoodSend = {
  readonly host: VendorHost;
  readonly message: Omit<SentMessage, 'receivedAt'>;
  readonly toReceipt: ToReceipt;
  /** The vendor's other work, beside keeping the message. */
  readonly onTaken?: () => void;
  readonly accepted: { readonly status: 200 | 201; readonly body: object };
  readonly refuse: (fault: StatusFault) => { readonly body: object };
};

export const answerJson = (
  status: number,
  body: object,
  headers: Record<string, string> = {},
): Response =>
  new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  });

export const cut = (c: VendorContext): Response => {
  c.env.outgoing.socket?.destroy();
  return RESPONSE_ALREADY_SENT;
};

/** Says nothing until the caller gives up or this server stops. */
export const hang = async (c: VendorContext): Promise<Response> => {
  await new Promise((resolve) => c.env.outgoing.once('close', resolve));
  return RESPONSE_ALREADY_SENT;
};

const truncate = (c: VendorContext, { status, body }: GoodSend['accepted']): Response => {
  const whole = Buffer.from(JSON.stringify(body));
  const head = `HTTP/1.1 ${status} OK\r\ncontent-type: application/json\r\ncontent-length: ${whole.length}\r\n\r\n`;
  const { socket } = c.env.outgoing;
  socket?.write(Buffer.concat([Buffer.from(head), whole.subarray(0, whole.length / 2)]), () =>
    socket.destroy(),
  );
  return RESPONSE_ALREADY_SENT;
};

const take = (desk: Desk, { message, toReceipt, onTaken }: GoodSend): void => {
  onTaken?.();
  desk.take(message, toReceipt);
};

const refused = (desk: Desk, send: GoodSend, fault: StatusFault): Response => {
  if (fault.taken) take(desk, send);
  const headers = fault.retryAfter === undefined ? {} : { 'retry-after': `${fault.retryAfter}` };
  return answerJson(fault.status, send.refuse(fault).body, headers);
};

const withReceipt = (c: VendorContext, desk: Desk, send: GoodSend, fault: LateReceiptFault) => {
  take(desk, send);
  desk.receipts.later(send.message.providerMessageId, fault, fault.afterMs);
  return fault.answer === 'cut' ? cut(c) : answerJson(send.accepted.status, send.accepted.body);
};

/** Takes the message and answers like the vendor, or as the next fault says. */
export const answerSend = async (
  c: VendorContext,
  desk: Desk,
  send: GoodSend,
): Promise<Response> => {
  const fault = desk.nextFault(send.host);
  switch (fault?.type) {
    case 'status':
      return refused(desk, send, fault);
    case 'redirect':
      return new Response(null, { status: fault.status, headers: { location: fault.location } });
    case 'hang_before':
      return hang(c);
    case 'cut_before':
      return cut(c);
    case 'late_receipt':
      return withReceipt(c, desk, send, fault);
    case 'delay':
      await sleep(fault.ms);
  }
  take(desk, send);
  switch (fault?.type) {
    case 'take_then_hang':
      return hang(c);
    case 'take_then_cut':
      return cut(c);
    case 'take_then_truncate':
      return truncate(c, send.accepted);
    case 'garbage':
      return new Response(fault.body, { status: send.accepted.status });
    default:
      return answerJson(send.accepted.status, send.accepted.body);
  }
};
