import { demoData } from '../demo-data.ts';
import type { Receipt } from './receipt-schema.ts';
import type { TwilioMessage } from './twilio-request.ts';

// twilio.com/docs/messaging/guides/track-outbound-message-status

export type TwilioParameters = Readonly<Record<string, string>>;

/** YYMMDDhhmm, when the carrier was done. */
const carrierDate = (): string => new Date().toISOString().replace(/\D/g, '').slice(2, 12);

const ofSms = ({ status }: Receipt): TwilioParameters =>
  status === 'delivered' || status === 'undelivered' ? { RawDlrDoneDate: carrierDate() } : {};

const eventTypes: TwilioParameters = {
  delivered: 'DELIVERED',
  read: 'READ',
  undelivered: 'UNDELIVERED',
  failed: 'FAILED',
};

const ofWhatsapp = (to: string, { status, errorMessage }: Receipt): TwilioParameters => {
  const eventType = eventTypes[status];
  return {
    ChannelInstallSid: 'XEdec0de00000000000000000000000001',
    ChannelPrefix: 'whatsapp',
    ChannelToAddress: to.replace('whatsapp:', '').replace(/\d{4}$/, 'XXXX'),
    ...(eventType === undefined ? { StructuredMessage: 'false' } : { EventType: eventType }),
    ...(errorMessage === undefined ? {} : { ChannelStatusMessage: errorMessage }),
  };
};

const usualErrorCodes = { sms: 30003, whatsapp: 63024 } as const;

const errorOf = ({ channel }: TwilioMessage, { status, errorCode }: Receipt): TwilioParameters => {
  const isFailure = status === 'failed' || status === 'undelivered';
  return isFailure ? { ErrorCode: `${errorCode ?? usualErrorCodes[channel]}` } : {};
};

/** Twilio's call to a message's StatusCallback. */
export const toReceiptParameters = (
  sid: string,
  message: TwilioMessage,
  receipt: Receipt,
): TwilioParameters => ({
  AccountSid: demoData.twilio.accountSid,
  ApiVersion: '2010-04-01',
  From: message.from,
  MessageSid: sid,
  MessageStatus: receipt.status,
  SmsSid: sid,
  SmsStatus: receipt.status,
  To: message.to,
  ...(message.channel === 'sms' ? ofSms(receipt) : ofWhatsapp(message.to, receipt)),
  ...errorOf(message, receipt),
});
