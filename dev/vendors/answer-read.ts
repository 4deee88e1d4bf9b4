import { setTimeout as sleep } from 'node:timers/promises';
import { answerJson, cut, hang, type VendorContext } from './answer-send.ts';
import type { Desk } from './desk.ts';
import type { StatusFault, VendorHost } from './faults.ts';

/** A question that the vendor has accepted. */
type GoodRead = {
  readonly host: VendorHost;
  readonly body: object;
  readonly toFaultBody: (fault: StatusFault) => object;
};

/** Answers like the vendor, or as the next fault on reads says. */
export const answerRead = async (
  c: VendorContext,
  desk: Desk,
  { host, body, toFaultBody }: GoodRead,
): Promise<Response> => {
  const fault = desk.nextFault(host, 'read');
  switch (fault?.type) {
    case 'status': {
      const { status, retryAfter } = fault;
      const headers = retryAfter === undefined ? {} : { 'retry-after': `${retryAfter}` };
      return answerJson(status, toFaultBody(fault), headers);
    }
    case 'redirect':
      return new Response(null, { status: fault.status, headers: { location: fault.location } });
    case 'hang_before':
      return hang(c);
    case 'cut_before':
      return cut(c);
    case 'garbage':
      return new Response(fault.body);
    case 'delay':
      await sleep(fault.ms);
  }
  return answerJson(200, body);
};
