import { createHmac, randomUUID } from 'node:crypto';
import { demoData } from '../demo-data.ts';
import type { TwilioParameters } from './twilio-receipt.ts';
import type { SignedRequest } from './webhook.ts';

/** base64(HMAC-SHA1(auth token, URL, then every parameter's name and value in the names' order)). */
export const signTwilio = (url: string, parameters: TwilioParameters): string => {
  const signed = Object.keys(parameters)
    .sort()
    .map((name) => `${name}${parameters[name]}`);
  return createHmac('sha1', demoData.twilio.authToken)
    .update([url, ...signed].join(''))
    .digest('base64');
};

/** Twilio's call to a webhook; a repeated one has the same idempotency token. */
export const toTwilioCall = (url: string, parameters: TwilioParameters): SignedRequest => ({
  url,
  headers: {
    'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
    'i-twilio-idempotency-token': randomUUID(),
    'x-twilio-signature': signTwilio(url, parameters),
  },
  body: new URLSearchParams(parameters).toString(),
});
