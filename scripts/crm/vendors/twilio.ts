import { z } from 'zod';
import { credentialsDoNotFit } from '../../../src/channels/credentials.ts';
import { isMessagingService, twilio as provider } from '../../../src/channels/twilio.ts';
import { askVendor, enterAgain, notKnown, type Question, toAccountName } from './ask-vendor.ts';
import type { VendorProbe } from './probe.ts';

type Credentials = z.output<typeof provider.credentials>;

const refusal = z.object({ code: z.number() });
const suspended =
  'The Twilio account is not active: see its console, where Twilio says why and what to do.';

// Codes: https://www.twilio.com/docs/api/errors
const explain = (status: number, body: unknown): string | null => {
  const code = refusal.safeParse(body).data?.code;
  if (code === 20005) return suspended;
  if (status === 401 || status === 403 || status === 404) {
    return 'Twilio does not take these credentials: copy Account SID and Auth Token from its console again.';
  }
  return null;
};

const question = ({ accountSid, authToken }: Credentials, path: string): Question => ({
  vendor: 'Twilio',
  url: `https://api.twilio.com/2010-04-01/Accounts/${encodeURIComponent(accountSid)}${path}`,
  headers: { Authorization: `Basic ${btoa(`${accountSid}:${authToken}`)}` },
  explain,
});

// https://www.twilio.com/docs/iam/api/account: active, suspended or closed
const account = z.object({ friendly_name: z.string().nullish(), status: z.string() });

// https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource
const numbers = z.object({
  incoming_phone_numbers: z.array(
    z.object({ sms_url: z.string().nullish(), sms_application_sid: z.string().nullish() }),
  ),
});

const look = {
  number:
    'Look in the Twilio console under Phone Numbers, Manage, Active numbers, the number, Messaging.',
  // GET messaging.twilio.com/v1/Services/{sid} tells `inbound_request_url`; no other call here needs that host.
  service: 'Look in the Twilio console under Messaging, Services, the service, Integration.',
  // GET messaging.twilio.com/v2/Channels/Senders
  whatsapp: 'Look in the Twilio console under Messaging, Senders, WhatsApp senders, the sender.',
} as const;

const readNumber = async (
  credentials: Credentials,
  address: string,
  io: Parameters<VendorProbe['check']>[1],
) => {
  const path = `/IncomingPhoneNumbers.json?${new URLSearchParams({ PhoneNumber: address })}`;
  const answer = await askVendor(question(credentials, path), numbers, io);
  if (!answer.ok) return notKnown(answer.problem, look.number);
  const [number] = answer.value.incoming_phone_numbers;
  if (!number) return notKnown('The account has no such number.', look.number);
  // Twilio ignores the number's own address when an application is set.
  if (number.sms_application_sid) {
    return notKnown('The number leaves its messages to a TwiML application.', look.number);
  }
  return { known: true, urls: number.sms_url ? [number.sms_url] : [] } as const;
};

/** https://www.twilio.com/docs/iam/api/account */
export const twilio = {
  check: async (opened, io) => {
    const parsed = provider.credentials.safeParse(opened);
    if (!parsed.success)
      return { ok: false, problem: enterAgain(credentialsDoNotFit(parsed.error)) };
    const answer = await askVendor(question(parsed.data, '.json'), account, io);
    if (!answer.ok) return { ok: false, problem: answer.problem };
    const { friendly_name, status } = answer.value;
    return status === 'active'
      ? { ok: true, account: toAccountName(friendly_name) }
      : { ok: false, problem: suspended };
  },
  readWebhook: async (opened, { channel, address }, io) => {
    const parsed = provider.credentials.safeParse(opened);
    if (!parsed.success)
      return notKnown(enterAgain(credentialsDoNotFit(parsed.error)), look.number);
    if (channel === 'whatsapp') return { known: false, look: look.whatsapp };
    if (isMessagingService(address)) return { known: false, look: look.service };
    return readNumber(parsed.data, address, io);
  },
} as const satisfies VendorProbe;
