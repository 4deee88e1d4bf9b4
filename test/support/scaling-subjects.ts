import { toAddressKey, toKeyedAddress } from '../../src/lib/address-key.ts';
import { isBusinessScopedId } from '../../src/lib/business-scoped-id.ts';
import { fromBase64 } from '../../src/lib/bytes.ts';
import { cleanText, isInvisible } from '../../src/lib/clean-text.ts';
import { connectionWasNeverMade } from '../../src/lib/connection-never-made.ts';
import { describeError } from '../../src/lib/describe-error.ts';
import { findOurIds, readThreadIds, toEmailMessageId } from '../../src/lib/email-thread.ts';
import { equalSecrets } from '../../src/lib/equal-secrets.ts';
import { isForward, isForwardMarker } from '../../src/lib/forwarded-mail.ts';
import { toGsmText } from '../../src/lib/gsm-text.ts';
import { hashApiKey } from '../../src/lib/hash-api-key.ts';
import { signHmac, verifyHmac } from '../../src/lib/hmac.ts';
import { htmlToText } from '../../src/lib/html-to-text.ts';
import { isUuid } from '../../src/lib/is-uuid.ts';
import { createJsonLog } from '../../src/lib/json-log.ts';
import { domainOf, quoteName, readMailbox } from '../../src/lib/mailbox.ts';
import { parseWireId } from '../../src/lib/message-id.ts';
import { ownValue } from '../../src/lib/own-value.ts';
import { parseJson } from '../../src/lib/parse-json.ts';
import { toPlainText } from '../../src/lib/plain-text.ts';
import { isPublicHttpsUrl } from '../../src/lib/public-https-url.ts';
import { withoutQuotedTail } from '../../src/lib/quoted-tail.ts';
import { readJson, readText, readTextUpTo } from '../../src/lib/read-text.ts';
import { redact } from '../../src/lib/redact.ts';
import { replaceQuotes } from '../../src/lib/replace-quotes.ts';
import { toReplyPrefix } from '../../src/lib/reply-prefix.ts';
import { retryAfterMs } from '../../src/lib/retry-after.ts';
import { sha256Hex } from '../../src/lib/sha256.ts';
import { verifyStandardWebhook } from '../../src/lib/standard-webhook.ts';
import { cutToLimit, fits, measure } from '../../src/lib/text-limit.ts';
import type { Subject } from './measure-growth.ts';
import { inHeader, signedCall } from './signed-call.ts';

const quietly =
  (subject: Subject): Subject =>
  async (text) => {
    try {
      await subject(text);
    } catch {
      // It may refuse its input; only its time counts here.
    }
  };

/** Characters. No model writes more at once, and these two functions are slow. */
const longestReply = 64 * 1024;

const replied = { subject: 'Re: Tomorrow', own: ['hello@acme-dental.example'] };

/** Each function of src/lib by its file and name, and how a stranger's text gets into it; a sentence says why none does. */
export const libSubjects: Readonly<Record<string, Subject | string>> = {
  'address-key toAddressKey': (text) => toAddressKey('sms', text),
  'address-key toAddressKey, of a mailbox': (text) => toAddressKey('email', text),
  'address-key toKeyedAddress': (text) => toKeyedAddress('whatsapp', text),
  'api-key createApiKey': 'reads nothing',
  'business-scoped-id isBusinessScopedId': isBusinessScopedId,
  'bytes fromBase64': quietly(fromBase64),
  'bytes toBase64Url': 'encodes what is as short as a key',
  'bytes toHex': 'encodes what is as short as a digest',
  'clean-text cleanText': cleanText,
  'clean-text isInvisible': isInvisible,
  'connection-never-made connectionWasNeverMade': (text) => connectionWasNeverMade(new Error(text)),
  'count-words countWords': 'counts words of our own',
  'credentials-vault createCredentialsVault': 'opens what only we have sealed',
  'describe-error describeError': (text) => describeError(new Error(text)),
  'email-thread findOurIds': (text) => findOurIds(text.split(' ')),
  'email-thread readThreadIds': readThreadIds,
  'email-thread toEmailMessageId': (text) => toEmailMessageId('msg_1', text),
  'equal-secrets equalSecrets': (text) => equalSecrets(text, 'secret'),
  'forwarded-mail isForward': isForward,
  'forwarded-mail isForwardMarker': isForwardMarker,
  'gsm-text toGsmText': (text) => toGsmText(text.slice(0, longestReply)),
  'hash-api-key hashApiKey': hashApiKey,
  'hmac signHmac': (text) => signHmac('SHA-256', 'secret', text),
  'hmac verifyHmac': (text) => verifyHmac('SHA-256', 'secret', { base64: text }, text),
  'hmac verifyHmac, in hex': (text) => verifyHmac('SHA-256', 'secret', { hex: text }, text),
  'html-entities entityCodes': 'is a table',
  'html-to-text htmlToText': htmlToText,
  'is-uuid isUuid': isUuid,
  'json-log createJsonLog': (text) => createJsonLog(() => undefined, Date.now)('info', { text }),
  'mailbox domainOf': domainOf,
  'mailbox quoteName': quoteName,
  'mailbox readMailbox': readMailbox,
  'message-id newMessageId': 'reads nothing',
  'message-id parseWireId': parseWireId,
  'message-id toWireId': 'writes an id of our own',
  'own-value ownValue': (text) => ownValue({}, text),
  'parse-json parseJson': quietly(parseJson),
  'plain-text toPlainText': (text) => toPlainText(text, 'sms'),
  'plain-text toPlainText, for WhatsApp': (text) => toPlainText(text, 'whatsapp'),
  'public-https-url isPublicHttpsUrl': isPublicHttpsUrl,
  'public-https-url isPublicHttpsUrl, of a host': (text) => isPublicHttpsUrl(`https://${text}/`),
  'quoted-tail withoutQuotedTail': (text) => withoutQuotedTail(text, replied),
  'read-text readJson': quietly((text) => readJson(new Response(text))),
  'read-text readText': quietly((text) => readText(new Response(text))),
  'read-text readTextUpTo': (text) => readTextUpTo(10_000_000, new Response(text)),
  'redact redact': (text) => redact(text, [text.slice(0, text.length / 2), 'private']),
  'remember remember': 'keeps so many keys, each looked up in a Map',
  'replace-quotes replaceQuotes': (text) => replaceQuotes(text, text.slice(0, 1000), '-'),
  'reply-prefix toReplyPrefix': toReplyPrefix,
  'retry-after retryAfterMs': (text) =>
    retryAfterMs(new Headers({ 'retry-after': inHeader(text) })),
  'sha256 sha256Hex': sha256Hex,
  'sleep sleep': 'reads nothing',
  'standard-webhook verifyStandardWebhook': (text) =>
    verifyStandardWebhook('whsec_YQ==', signedCall(text)),
  'text-limit cutToLimit': (text) => cutToLimit(text, { max: 1600, unit: 'characters' }),
  'text-limit cutToLimit, to half': (text) =>
    cutToLimit(text.slice(0, longestReply), { max: text.length / 8, unit: 'characters' }),
  'text-limit cutToLimit, in bytes': (text) => cutToLimit(text, { max: 2000, unit: 'bytes' }),
  'text-limit fits': (text) => fits(text, { max: 10, unit: 'bytes' }),
  'text-limit measure': (text) => measure(text, 'bytes'),
  'with-timeout withTimeout': 'reads nothing',
};
