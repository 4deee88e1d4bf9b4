import { demoData } from '../demo-data.ts';
import { answerRead } from './answer-read.ts';
import { answerJson, type VendorContext } from './answer-send.ts';
import type { Desk } from './desk.ts';
import { type GraphHost, type MetaRefusal, toErrorBody, toFaultBody } from './meta-graph.ts';

const { phoneNumberId, displayPhoneNumber, pageId, instagramId } = demoData.meta;
const { name } = demoData.subAccount;
const appId = '100000000000009';

type Fields = Readonly<Record<string, unknown>>;
type Node = { readonly type: string; readonly usual: readonly string[]; readonly fields: Fields };

const unknownObject = (id: string): MetaRefusal => ({
  status: 400,
  code: 100,
  subcode: 33,
  type: 'GraphMethodException',
  message: `Unsupported get request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation.`,
});

const unknownField = (field: string, { type }: Node): MetaRefusal => ({
  status: 400,
  code: 100,
  message: `(#100) Tried accessing nonexisting field (${field}) on node type (${type})`,
});

// https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/override
const toConfiguration = (url: string | null) => (url === null ? {} : { application: url });

/** The object behind each id of the demo's accounts, with the fields that can be asked for. */
const findNode = (desk: Desk, host: GraphHost, id: string): Node | null => {
  if (host === 'graph.instagram.com') {
    if (id !== 'me' && id !== instagramId) return null;
    const fields = { id: '1', user_id: instagramId, username: 'acme.dental', name };
    return { type: 'InstagramUser', usual: ['id'], fields };
  }
  if (id === 'me') {
    return { type: 'SystemUser', usual: ['name', 'id'], fields: { id: '1', name } };
  }
  if (id === pageId) return { type: 'Page', usual: ['name', 'id'], fields: { id, name } };
  if (id !== phoneNumberId) return null;
  const webhook_configuration = toConfiguration(desk.configuredWebhook('meta'));
  const display_phone_number = `+${displayPhoneNumber}`;
  return {
    type: 'WhatsAppBusinessPhoneNumber',
    usual: ['display_phone_number', 'id'],
    fields: { id, display_phone_number, verified_name: name, webhook_configuration },
  };
};

const pick = (node: Node, asked: string | undefined): object => {
  const names = asked?.split(',') ?? node.usual;
  return Object.fromEntries(names.map((field) => [field, node.fields[field]]));
};

// https://developers.facebook.com/docs/graph-api/reference/page/subscribed_apps
const listApps = (desk: Desk) => ({
  data:
    desk.configuredWebhook('meta') === null
      ? []
      : [{ name, id: appId, category: 'Business', subscribed_fields: ['messages'] }],
});

const read = (c: VendorContext, desk: Desk, host: GraphHost, path: readonly string[]) => {
  const [id = '', edge, ...rest] = path;
  if (host === 'graph.facebook.com' && id === pageId && edge === 'subscribed_apps') {
    return listApps(desk);
  }
  const node = edge === undefined && rest.length === 0 ? findNode(desk, host, id) : null;
  if (!node) return unknownObject(path.join('/'));
  const asked = c.req.query('fields');
  const unknown = asked?.split(',').find((field) => !Object.hasOwn(node.fields, field));
  return unknown === undefined ? pick(node, asked) : unknownField(unknown, node);
};

const isRefusal = (answer: object): answer is MetaRefusal => 'code' in answer;

/** The Graph API's answers about the demo's accounts, and about their webhooks as far as it tells. */
export const readMeta = async (
  c: VendorContext,
  desk: Desk,
  host: GraphHost,
  path: readonly string[],
): Promise<Response> => {
  const body = read(c, desk, host, path);
  if (isRefusal(body)) return answerJson(body.status, toErrorBody(body));
  return answerRead(c, desk, { host, body, toFaultBody });
};
