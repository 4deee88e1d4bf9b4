import { channelProviders } from '../../src/channels/index.ts';
import type { Channel } from '../../src/ports/channel.ts';

type Form = { readonly pattern: RegExp; readonly say: string };

const e164 = '\\+[1-9]\\d{6,14}';
const digits = (what: string): Form => ({
  pattern: /^\d{5,32}$/,
  say: `${what}, which is digits alone`,
});

// RFC 5322, 3.4.1; Resend takes only ASCII in a mailbox.
const atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const label = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const mailbox = `(?=[^@]{1,64}@)${atom}(?:\\.${atom})*@${label}(?:\\.${label})+`;

/** An address that a vendor can know as a sender, as far as its form tells. */
const forms: Readonly<Record<string, Form>> = {
  'twilio sms': {
    // A number, a short code, a service, or https://www.twilio.com/docs/glossary/what-alphanumeric-sender-id
    pattern: new RegExp(
      `^(${e164}|\\d{3,8}|MG[0-9a-fA-F]{32}|(?=.*[A-Za-z])[A-Za-z0-9 +&_-]{1,11})$`,
    ),
    say: 'a number such as +15005550006, a short code, a messaging service (MG…) or a name of at most 11 letters',
  },
  'twilio whatsapp': {
    pattern: new RegExp(`^(whatsapp:)?${e164}$`),
    say: 'the WhatsApp number, such as +15005550006',
  },
  'meta whatsapp': digits('the phone number id'),
  'meta facebook': digits('the page id'),
  'meta instagram': digits('the Instagram account id'),
  'resend email': {
    // The name may have any other character: it is quoted when an email is sent.
    pattern: new RegExp(`^(?:[^<>\\p{Cc}]{0,200}<${mailbox}>|${mailbox})$`, 'u'),
    say: 'an email address, or `Acme Dental <hello@acme-dental.example>`',
  },
};

/**
 * Throws if this provider cannot send from this address on this channel. The error says what is wrong, without the
 * address.
 */
export const checkSenderAddress = (provider: string, channel: Channel, address: string): void => {
  const known = channelProviders[provider];
  if (!known)
    throw new Error(`${provider} writes texts and carries none: take another connection.`);
  if (!known.carries[channel]) {
    const served = Object.keys(known.carries).join(', ');
    throw new Error(`${provider} does not serve ${channel}: it serves ${served}.`);
  }
  const form = forms[`${provider} ${channel}`];
  if (form && !form.pattern.test(address)) {
    throw new Error(`--address does not fit ${provider} on ${channel}: it has to be ${form.say}.`);
  }
};
