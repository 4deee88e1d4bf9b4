import type { StatusFault } from './faults.ts';
import type { TwilioRefusal } from './twilio-request.ts';

/** Twilio's error envelope. */
export const toErrorBody = ({ status, code, message }: TwilioRefusal) => ({
  code,
  message,
  more_info: `https://www.twilio.com/docs/errors/${code}`,
  status,
});

export const toFaultBody = ({ status, code, message = 'Fault' }: StatusFault) => {
  const usual = status === 429 ? 20429 : 20000 + status;
  return toErrorBody({ status, code: Number(code ?? usual), message });
};
