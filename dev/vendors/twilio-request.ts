import { z } from 'zod';
import { demoData } from '../demo-data.ts';
import { checkBody } from './check-body.ts';

// Codes and words: twilio.com/docs/api/errors; fields: twilio-oai, CreateMessageRequest.

export type TwilioRefusal = {
  readonly status: number;
  readonly code: number;
  readonly message: string;
};

const flag = z.enum(['true', 'false']).optional();
const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/)
    .refine((text) => Number(text) >= min && Number(text) <= max)
    .optional();
const sid = (prefix: string) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}[0-9a-fA-F]{32}$`))
    .optional();

const formSchema = z.strictObject({
  To: z.string().optional(),
  From: z.string().optional(),
  MessagingServiceSid: sid('MG'),
  Body: z.string().optional(),
  MediaUrl: z.string().optional(),
  ContentSid: sid('HX'),
  ContentVariables: z.string().optional(),
  StatusCallback: z.string().optional(),
  ApplicationSid: sid('AP'),
  ProvideFeedback: flag,
  Attempt: whole(1, 1_000),
  ValidityPeriod: whole(1, 36_000),
  SmartEncoded: flag,
  ShortenUrls: flag,
  SendAsMms: flag,
  ScheduleType: z.literal('fixed').optional(),
  SendAt: z.iso.datetime({ offset: true }).optional(),
  ContentRetention: z.enum(['retain', 'discard']).optional(),
  AddressRetention: z.enum(['retain', 'obfuscate']).optional(),
  RiskCheck: z.enum(['enable', 'disable']).optional(),
});
type Form = z.output<typeof formSchema>;

export type TwilioMessage = {
  readonly channel: 'sms' | 'whatsapp';
  readonly to: string;
  readonly from: string;
  readonly body: string;
  readonly statusCallback: string | null;
};

const refuse = (code: number, message: string): TwilioRefusal => ({ status: 400, code, message });

const e164 = /^\+[1-9]\d{6,14}$/;
const channelOf = (address: string): TwilioMessage['channel'] =>
  address.startsWith('whatsapp:') ? 'whatsapp' : 'sms';
const numberOf = (address: string): string => address.replace(/^whatsapp:/, '');

const isStatusCallback = (address: string): boolean => {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return /^https?:$/.test(protocol) && /^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(hostname);
};

const refuseAddresses = (to: string, from: string): TwilioRefusal | null => {
  if (!e164.test(numberOf(to))) return refuse(21211, `Invalid 'To' Phone Number: ${to}`);
  if (!e164.test(numberOf(from))) return refuse(21212, `Invalid From Number (caller ID): ${from}`);
  if (channelOf(to) !== channelOf(from)) {
    return refuse(21910, 'Invalid From and To pair. From and To should be of the same channel');
  }
  if (to === from) return refuse(21266, "'To' and 'From' number cannot be the same");
  const { phoneNumber, secondPhoneNumber } = demoData.twilio;
  const numbers: readonly string[] = [phoneNumber, secondPhoneNumber];
  if (numbers.includes(numberOf(from))) return null;
  return channelOf(from) === 'whatsapp'
    ? refuse(63007, 'Twilio could not find a Channel with the specified From address')
    : refuse(
        21606,
        `The 'From' phone number ${from} is not a valid, SMS-capable inbound phone number or short code for your account.`,
      );
};

const refuseContent = (form: Form): TwilioRefusal | null => {
  const { Body: body = '', MediaUrl, ContentSid, StatusCallback } = form;
  if (body === '' && !MediaUrl && !ContentSid) return refuse(21602, 'Message body is required.');
  if (body.length > 1600) {
    return refuse(21617, 'The concatenated message body exceeds the 1600 character limit');
  }
  if (StatusCallback !== undefined && !isStatusCallback(StatusCallback)) {
    return refuse(21609, `The 'StatusCallback' URL ${StatusCallback} is not a valid URL.`);
  }
  return null;
};

/** A repeated parameter becomes a value that no schema accepts, except `MediaUrl`, which may repeat. */
const toObject = (parameters: URLSearchParams): Record<string, unknown> =>
  Object.fromEntries(
    [...parameters.keys()].map((key) => {
      const values = parameters.getAll(key);
      return [key, values.length === 1 || key === 'MediaUrl' ? values[0] : values];
    }),
  );

const checkForm = (form: Form): TwilioMessage | TwilioRefusal => {
  const { To: to, From: from, Body: body = '', StatusCallback: statusCallback = null } = form;
  if (!to) return refuse(21604, "A 'To' phone number is required.");
  if (form.MessagingServiceSid) return refuse(21701, 'The messaging service does not exist.');
  if (!from) return refuse(21603, "A 'From' phone number is required.");
  const refusal = refuseAddresses(to, from) ?? refuseContent(form);
  return refusal ?? { channel: channelOf(to), to, from, body, statusCallback };
};

/** Reads the form of a send as strictly as Twilio does. */
export const readTwilioForm = (
  contentType: string | undefined,
  text: string,
): TwilioMessage | TwilioRefusal => {
  const isForm = contentType?.startsWith('application/x-www-form-urlencoded') ?? false;
  const checked = checkBody(formSchema, isForm ? toObject(new URLSearchParams(text)) : {});
  if (checked.ok) return checkForm(checked.value);
  const { kind, field, message } = checked.problem;
  return kind === 'unknown'
    ? refuse(20001, `Unknown parameters: ${field}`)
    : refuse(20001, `Invalid parameter ${field}: ${message}`);
};
