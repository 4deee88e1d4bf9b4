import * as z from 'zod';
import { parseJson } from '../lib/parse-json.ts';
import type { VendorError, VendorRules } from './call-vendor.ts';
import { findVerdict, type Verdict, type VerdictTable } from './verdict.ts';

const dayInMs = 24 * 60 * 60 * 1000;

// https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes
const whatsappVerdicts = {
  0: 'misconfigured', // token
  1: 'unclear',
  2: 'unclear',
  3: 'misconfigured', // capability or permission
  4: 'rate_limited', // the app
  10: 'misconfigured', // permission
  17: 'rate_limited', // the user behind the token
  100: 'other', // invalid parameter
  190: 'misconfigured', // token expired
  368: 'misconfigured', // blocked for policy
  80007: 'rate_limited', // the business account
  130429: 'rate_limited', // throughput
  130472: 'other', // the user is in an experiment
  130497: 'misconfigured', // country restriction
  131000: 'unclear',
  131005: 'misconfigured', // permission
  131008: 'other', // missing parameter
  131009: 'other', // invalid parameter
  131016: 'provider_unavailable',
  131021: 'invalid_recipient', // the recipient is the sender
  131026: 'invalid_recipient', // not on WhatsApp, too old a client, or blocked
  131030: 'misconfigured', // the sender is a test number, and the recipient is not on its list
  131031: 'misconfigured', // account locked
  131042: 'quota_exceeded', // payment
  131044: 'quota_exceeded', // payment
  131045: 'misconfigured', // number not registered
  131047: 'window_closed',
  131048: 'quota_exceeded', // spam limit on the sender
  // WhatsApp limits how much this person gets from businesses: wait a day; another sender does not help.
  131049: { reason: 'quota_exceeded', otherSenderMayHelp: false, retryAfterMs: dayInMs },
  131050: 'content_rejected', // the contact takes no promotions; other messages may still be sent
  131051: 'other', // unsupported type
  131056: 'rate_limited', // this sender to this recipient
  131057: 'provider_unavailable', // maintenance
  131062: 'invalid_recipient', // a business-scoped id, on a message that needs a phone number
  131064: 'quota_exceeded', // messaging limit
  132000: 'content_rejected', // 132xxx: templates
  132001: 'content_rejected',
  132005: 'content_rejected',
  132007: 'content_rejected',
  132008: 'content_rejected',
  132012: 'content_rejected',
  132015: 'content_rejected',
  132016: 'content_rejected',
  133010: 'misconfigured', // number not registered
} as const satisfies Record<number, Verdict>;

// https://developers.facebook.com/docs/messenger-platform/error-codes; a subcode says more than its code.
const pageVerdicts = {
  2: 'unclear',
  4: 'rate_limited',
  10: 'misconfigured', // permission, or another app owns the thread
  17: 'rate_limited',
  32: 'rate_limited',
  100: 'other', // invalid parameter
  190: 'misconfigured', // token
  368: 'misconfigured', // blocked for policy
  551: 'invalid_recipient', // blocked or deactivated
  613: 'rate_limited',
  1200: 'provider_unavailable',
  80006: 'rate_limited',
  1545041: 'invalid_recipient', // the subcode of 551, on Instagram also seen as a code
  '100/33': 'invalid_recipient', // not addressable from this page
  '100/2018001': 'invalid_recipient', // no such user
  '10/2018278': 'window_closed', // Messenger
  '10/2534022': 'window_closed', // Instagram
  '1/1357046': 'unknown', // documented: the message went out although this error came back
  '*/2534001': 'other', // the thread was deleted
  '*/2534013': 'rate_limited',
  '*/2534014': 'invalid_recipient', // no such user
} as const satisfies Record<string, Verdict>;

const whole = z.number().int();
const errorBody = z.object({
  error: z.object({
    code: whole,
    error_subcode: whole.optional().catch(undefined),
    message: z.string().nullable().catch(null),
    error_data: z.object({ details: z.string() }).optional().catch(undefined),
  }),
});
type MetaError = z.infer<typeof errorBody>['error'];

const withSubcode = ({ code, error_subcode }: MetaError): string =>
  error_subcode === undefined ? String(code) : `${code}/${error_subcode}`;

const verdictOn = (table: VerdictTable, error: MetaError): Verdict | null =>
  findVerdict(table, withSubcode(error)) ??
  findVerdict(table, `*/${error.error_subcode}`) ??
  findVerdict(table, error.code) ??
  (error.code >= 200 && error.code < 300 ? 'misconfigured' : null); // 200-299 are permissions

const toWords = ({ message, error_data }: MetaError): string | null =>
  error_data === undefined ? message : `${message ?? ''} ${error_data.details}`.trim();

// Meta's HTTP statuses differ from app to app, so only its code decides.
const readErrorBy =
  (table: VerdictTable) =>
  (body: unknown): VendorError | null => {
    const parsed = errorBody.safeParse(body);
    if (!parsed.success) return null;
    const { error } = parsed.data;
    return { code: withSubcode(error), message: toWords(error), verdict: verdictOn(table, error) };
  };

const usage = z.record(
  z.string(),
  z.array(z.object({ estimated_time_to_regain_access: z.number().positive().catch(0) })),
);

// Minutes, for each limit of each account: https://developers.facebook.com/docs/graph-api/overview/rate-limiting
const waitMs = (headers: Headers): number | null => {
  const parsed = usage.safeParse(parseJson(headers.get('x-business-use-case-usage') ?? ''));
  if (!parsed.success) return null;
  const entries = Object.values(parsed.data).flat();
  const minutes = Math.max(0, ...entries.map((entry) => entry.estimated_time_to_regain_access));
  return minutes > 0 ? minutes * 60_000 : null;
};

const whatsappId = z
  .object({ messages: z.tuple([z.object({ id: z.string().min(1) })]).rest(z.unknown()) })
  .transform(({ messages: [{ id }] }) => id);
const pageId = z.object({ message_id: z.string().min(1) }).transform((body) => body.message_id);

/** Reads responses of the WhatsApp Cloud API. */
export const whatsappRules: VendorRules = {
  acceptedId: whatsappId,
  readError: readErrorBy(whatsappVerdicts),
  waitMs,
};

/** Reads responses of Messenger and Instagram. */
export const pageRules: VendorRules = {
  acceptedId: pageId,
  readError: readErrorBy(pageVerdicts),
  waitMs,
};
