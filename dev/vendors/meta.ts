import { Hono } from 'hono';
import { z } from 'zod';
import { parseJson } from '../../src/lib/parse-json.ts';
import { demoData } from '../demo-data.ts';
import type { Bindings } from '../serve.ts';
import { answerSend, type VendorContext } from './answer-send.ts';
import { isJsonRequest } from './check-body.ts';
import type { Desk } from './desk.ts';
import { type GraphHost, type MetaRefusal, toErrorBody, toFaultBody } from './meta-graph.ts';
import { readMeta } from './meta-read.ts';
import { messagingReceipt, whatsappReceipt } from './meta-receipt.ts';
import { readInstagram, readMessenger, readWhatsapp } from './meta-request.ts';
import { accountIds, createMid, createWamid, type MessagingChannel } from './meta-webhook.ts';

const { accessToken, instagramAccessToken, phoneNumberId, pageId, instagramId } = demoData.meta;
const tokens = { 'graph.facebook.com': accessToken, 'graph.instagram.com': instagramAccessToken };

const refuse = (c: VendorContext, refusal: MetaRefusal): Response => {
  return new Response(JSON.stringify(toErrorBody(refusal)), {
    status: refusal.status,
    headers: { 'content-type': 'application/json; charset=UTF-8', 'x-fb-debug': c.req.method },
  });
};

const readBody = async (c: VendorContext): Promise<unknown> =>
  isJsonRequest(c.req.header('content-type')) ? parseJson(await c.req.text()) : {};

const sendWhatsapp = async (c: VendorContext, desk: Desk): Promise<Response> => {
  const message = readWhatsapp(await readBody(c));
  if ('code' in message) return refuse(c, message);
  const id = createWamid();
  const to = message.to ?? message.recipient ?? '';
  const sent = {
    vendor: 'meta',
    channel: 'whatsapp',
    to,
    from: phoneNumberId,
    text: message.text.body,
    ...(message.context ? { replyTo: message.context.message_id } : {}),
    providerMessageId: id,
    ourMessageId: message.biz_opaque_callback_data ?? null,
  } as const;
  return answerSend(c, desk, {
    host: 'graph.facebook.com',
    message: sent,
    toReceipt: (receipt, webhooks) => whatsappReceipt(sent, receipt, webhooks),
    accepted: {
      status: 200,
      body: {
        messaging_product: 'whatsapp',
        contacts: [{ input: to, wa_id: to }],
        messages: [{ id, message_status: 'accepted' }],
      },
    },
    refuse: (fault) => ({ body: toFaultBody(fault) }),
  });
};

type Messaging = { readonly host: GraphHost; readonly channel: MessagingChannel };

const sendMessaging = async (
  c: VendorContext,
  desk: Desk,
  { host, channel }: Messaging,
): Promise<Response> => {
  const body = await readBody(c);
  const message = channel === 'instagram' ? readInstagram(body) : readMessenger(body);
  if ('code' in message) return refuse(c, message);
  const id = createMid(channel);
  const to = message.recipient.id;
  const sent = {
    vendor: 'meta',
    channel,
    to,
    from: accountIds[channel],
    text: message.message.text,
    ...(message.reply_to ? { replyTo: message.reply_to.mid } : {}),
    providerMessageId: id,
    ourMessageId: message.message.metadata ?? null,
  } as const;
  return answerSend(c, desk, {
    host,
    message: sent,
    toReceipt: (receipt, webhooks) => messagingReceipt(channel, sent, receipt, webhooks),
    accepted: { status: 200, body: { recipient_id: to, message_id: id } },
    refuse: (fault) => ({ body: toFaultBody(fault) }),
  });
};

const refuseCaller = (c: VendorContext, host: GraphHost): MetaRefusal | null => {
  const bearer = /^Bearer (.+)$/.exec(c.req.header('authorization') ?? '')?.[1];
  const token = bearer ?? c.req.query('access_token');
  if (token === undefined) {
    const message = 'An access token is required to request this resource.';
    return { status: 400, code: 104, message };
  }
  if (token === tokens[host]) return null;
  const message = 'Invalid OAuth access token - Cannot parse access token';
  return { status: 401, code: 190, message };
};

const refuseVersion = (version: string): MetaRefusal | null => {
  const major = Number(/^v(\d+)\.0$/.exec(version)?.[1] ?? Number.NaN);
  if (Number.isNaN(major)) {
    return { status: 400, code: 2500, message: `Unknown path components: /${version}` };
  }
  if (major >= 20 && major <= 25) return null;
  return {
    status: 400,
    code: 2635,
    message:
      '(#2635) You are calling a deprecated version of the Ads API. Please update to the latest version.',
  };
};

const unknownObject = (id: string): MetaRefusal => ({
  status: 400,
  code: 100,
  subcode: 33,
  type: 'GraphMethodException',
  message: `Unsupported post request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation.`,
});

const recipientSchema = z.object({ recipient: z.object({ id: z.string() }) });

/** A page replies on Messenger and on Instagram: the recipient decides which. */
const channelOfPage = (body: unknown): Messaging['channel'] => {
  const parsed = recipientSchema.safeParse(body);
  const id = parsed.success ? parsed.data.recipient.id : '';
  return id === demoData.contact.instagramUserId ? 'instagram' : 'facebook';
};

/** The Graph API's messages edge: WhatsApp, Messenger and Instagram on one host, only Instagram on the other. */
export const createMeta = (desk: Desk, host: GraphHost): Hono<{ Bindings: Bindings }> => {
  const app = new Hono<{ Bindings: Bindings }>();

  app.post('/:version/:id/messages', async (c) => {
    const { version, id } = c.req.param();
    const refusal = refuseVersion(version) ?? refuseCaller(c, host);
    if (refusal) return refuse(c, refusal);
    if (host === 'graph.instagram.com') {
      if (id !== instagramId && id !== 'me') return refuse(c, unknownObject(id));
      return sendMessaging(c, desk, { host, channel: 'instagram' });
    }
    if (id === phoneNumberId) return sendWhatsapp(c, desk);
    if (id !== pageId && id !== 'me') return refuse(c, unknownObject(id));
    return sendMessaging(c, desk, { host, channel: channelOfPage(await readBody(c)) });
  });

  app.get('/:version/*', (c) => {
    const [version = '', ...path] = c.req.path.split('/').slice(1);
    const refusal = refuseVersion(version) ?? refuseCaller(c, host);
    return refusal ? refuse(c, refusal) : readMeta(c, desk, host, path);
  });

  app.notFound((c) => refuse(c, unknownObject(new URL(c.req.url).pathname)));
  return app;
};
