import { createHash } from 'node:crypto';
import type { Hono } from 'hono';
import { demoData } from '../demo-data.ts';
import type { Bindings } from '../serve.ts';
import { answerRead } from './answer-read.ts';
import type { Desk } from './desk.ts';
import { toFaultBody } from './twilio-error.ts';

// Fields: twilio-oai, api.v2010.account and api.v2010.account.incoming_phone_number.

const host = 'api.twilio.com';
const { accountSid, phoneNumber, secondPhoneNumber } = demoData.twilio;
const root = `/2010-04-01/Accounts/${accountSid}`;

const account = {
  sid: accountSid,
  friendly_name: demoData.subAccount.name,
  owner_account_sid: accountSid,
  status: 'active',
  type: 'Full',
  uri: `${root}.json`,
};

const toNumber = (number: string, smsUrl: string | null) => ({
  sid: `PN${createHash('md5').update(number).digest('hex')}`,
  account_sid: accountSid,
  phone_number: number,
  capabilities: { voice: true, sms: true, mms: true, fax: false },
  sms_application_sid: '',
  sms_method: 'POST',
  sms_url: smsUrl ?? '',
});

const listNumbers = (desk: Desk, wanted: string | undefined) => {
  const smsUrl = desk.configuredWebhook('twilio');
  const numbers = [phoneNumber, secondPhoneNumber].filter(
    (number) => wanted === undefined || number === wanted,
  );
  return {
    incoming_phone_numbers: numbers.map((number) => toNumber(number, smsUrl)),
    page: 0,
    page_size: 50,
    next_page_uri: null,
    uri: `${root}/IncomingPhoneNumbers.json`,
  };
};

/** The account itself, and its numbers with where each of them calls. */
export const addTwilioReads = (app: Hono<{ Bindings: Bindings }>, desk: Desk): void => {
  app.get(`${root}.json`, (c) => answerRead(c, desk, { host, body: account, toFaultBody }));
  app.get(`${root}/IncomingPhoneNumbers.json`, (c) => {
    const body = listNumbers(desk, c.req.query('PhoneNumber'));
    return answerRead(c, desk, { host, body, toFaultBody });
  });
};
