import { z } from 'zod';
import { credentialsDoNotFit } from '../../../src/channels/credentials.ts';
import { meta as provider } from '../../../src/channels/meta.ts';
import { pageRules } from '../../../src/channels/meta-errors.ts';
import type { ProviderIo } from '../../../src/ports/channel.ts';
import { askVendor, enterAgain, notKnown, type Question, toAccountName } from './ask-vendor.ts';
import type { VendorProbe } from './probe.ts';

type Credentials = z.output<typeof provider.credentials>;

const newToken = 'make a new access token in the app and enter it again';

// Meta's HTTP statuses differ from app to app, so only its code decides. The codes are those that refuse a message.
const explain = (_: number, body: unknown): string | null => {
  const error = pageRules.readError(body);
  if (error?.code?.split('/')[0] === '190') {
    return `Meta does not take the access token, or it has expired: ${newToken}.`;
  }
  switch (error?.verdict) {
    case 'misconfigured':
      return `The access token lacks a permission, or Meta has restricted the account: see the app's console, or ${newToken}.`;
    case 'rate_limited':
      return 'Meta limits the rate of calls: wait a minute and try again.';
    default:
      return null;
  }
};

const question = (
  { accessToken, graphVersion, instagramLogin }: Credentials,
  path: string,
): Question => ({
  vendor: 'Meta',
  url: `https://graph.${instagramLogin ? 'instagram' : 'facebook'}.com/${graphVersion}/${path}`,
  headers: { Authorization: `Bearer ${accessToken}` },
  explain,
});

const account = z.object({ name: z.string().nullish(), username: z.string().nullish() });

const look = {
  whatsapp: "Look in Meta's app dashboard under WhatsApp, Configuration, Webhook.",
  facebook: "Look in Meta's app dashboard under Webhooks, Page: the callback URL and `messages`.",
  instagram:
    "Look in Meta's app dashboard under Webhooks, Instagram: the callback URL and `messages`.",
} as const;

const address = z.string().nullish();

// The number's address counts before its account's, and that before the app's:
// https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/override
const number = z.object({
  webhook_configuration: z
    .object({ phone_number: address, whatsapp_business_account: address, application: address })
    .nullish(),
});

const readNumber = async (credentials: Credentials, id: string, io: ProviderIo) => {
  const path = `${encodeURIComponent(id)}?fields=webhook_configuration`;
  const answer = await askVendor(question(credentials, path), number, io);
  if (!answer.ok) return notKnown(answer.problem, look.whatsapp);
  const configuration = answer.value.webhook_configuration;
  if (!configuration) return notKnown('Meta does not tell where it calls.', look.whatsapp);
  const { phone_number, whatsapp_business_account, application } = configuration;
  const url = phone_number || whatsapp_business_account || application;
  return { known: true, urls: url ? [url] : [] } as const;
};

// https://developers.facebook.com/docs/graph-api/reference/page/subscribed_apps
const apps = z.object({
  data: z.array(z.object({ subscribed_fields: z.array(z.string()).nullish() })),
});

/** Tells whether a page passes on its messages, but not to which address: that is a setting of the app. */
const readPage = async (credentials: Credentials, id: string, io: ProviderIo) => {
  const path = `${encodeURIComponent(id)}/subscribed_apps`;
  const answer = await askVendor(question(credentials, path), apps, io);
  if (!answer.ok) return notKnown(answer.problem, look.facebook);
  const passesOn = answer.value.data.some(
    ({ subscribed_fields: fields }) => !fields || fields.includes('messages'),
  );
  return passesOn
    ? ({ known: false, look: look.facebook } as const)
    : ({ known: true, urls: [] } as const);
};

/** https://developers.facebook.com/docs/graph-api/overview: `me` is the owner of the token. */
export const meta = {
  check: async (opened, io) => {
    const parsed = provider.credentials.safeParse(opened);
    if (!parsed.success) {
      return { ok: false, problem: enterAgain(credentialsDoNotFit(parsed.error)) };
    }
    // Instagram's `me` has no name: https://developers.facebook.com/docs/instagram-platform/reference/me
    const fields = parsed.data.instagramLogin ? 'user_id,username' : 'id,name';
    const answer = await askVendor(question(parsed.data, `me?fields=${fields}`), account, io);
    return answer.ok
      ? { ok: true, account: toAccountName(answer.value.name ?? answer.value.username) }
      : { ok: false, problem: answer.problem };
  },
  readWebhook: async (opened, sender, io) => {
    const place = sender.channel === 'whatsapp' || sender.channel === 'facebook';
    const where = look[place ? sender.channel : 'instagram'];
    const parsed = provider.credentials.safeParse(opened);
    if (!parsed.success) return notKnown(enterAgain(credentialsDoNotFit(parsed.error)), where);
    if (sender.channel === 'whatsapp') return readNumber(parsed.data, sender.address, io);
    if (sender.channel === 'facebook') return readPage(parsed.data, sender.address, io);
    // Meta documents how an Instagram account subscribes, not how to read it back.
    return { known: false, look: where };
  },
} as const satisfies VendorProbe;
