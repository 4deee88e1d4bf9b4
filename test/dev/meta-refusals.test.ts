import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { demoData } from '../../dev/demo-data.ts';
import { startVendors, type Vendors } from '../../dev/vendors/index.ts';
import {
  instagramBody,
  instagramRequest,
  messengerBody,
  messengerRequest,
  send,
  whatsappBody,
  whatsappRequest,
} from './vendor-requests.ts';

const errorSchema = z.strictObject({
  error: z.strictObject({
    message: z.string().min(1),
    type: z.string(),
    code: z.int(),
    error_subcode: z.int().optional(),
    fbtrace_id: z.string(),
  }),
});

const { meta, contact } = demoData;
const whatsapp = whatsappRequest();
const messenger = messengerRequest();
const instagram = instagramRequest();
const { to: _, ...whatsappWithoutTo } = whatsappBody;
const textOf = (length: number) => ({ text: 'x'.repeat(length) });

describe("Meta's double refuses", () => {
  let vendors: Vendors;
  beforeAll(async () => {
    vendors = await startVendors();
  });
  beforeEach(() => vendors.reset());
  afterAll(() => vendors.stop());

  const authorized = (authorization: string) => ({ ...whatsapp.headers, authorization });
  const asPlainText = { ...whatsapp.headers, 'content-type': 'text/plain' };

  test.each([
    [
      'no token',
      { ...whatsapp, headers: { 'content-type': 'application/json' } },
      400,
      104,
      undefined,
    ],
    ['a wrong token', { ...whatsapp, headers: authorized('Bearer EAAwrong') }, 401, 190, undefined],
    [
      'the page token on the Instagram host',
      { ...instagram, headers: authorized(`Bearer ${meta.accessToken}`) },
      401,
      190,
      undefined,
    ],
    [
      'the Instagram token on the Facebook host',
      { ...messenger, headers: authorized(`Bearer ${meta.instagramAccessToken}`) },
      401,
      190,
      undefined,
    ],
    [
      'no version',
      { ...whatsapp, path: whatsapp.path.replace('v23.0', '23') },
      400,
      2500,
      undefined,
    ],
    [
      'a version that is gone',
      { ...whatsapp, path: whatsapp.path.replace('v23.0', 'v12.0') },
      400,
      2635,
      undefined,
    ],
    [
      'an unknown phone number id',
      { ...whatsapp, path: whatsapp.path.replace(meta.phoneNumberId, '1') },
      400,
      100,
      33,
    ],
    [
      'the Instagram id on the Facebook host',
      {
        ...instagram,
        path: messenger.path.replace(meta.pageId, meta.instagramId),
        headers: messenger.headers,
      },
      400,
      100,
      33,
    ],
    ['another method', { ...whatsapp, method: 'PUT' }, 400, 100, 33],
    [
      'a body that is not declared as JSON',
      { ...whatsapp, headers: asPlainText },
      400,
      100,
      undefined,
    ],
    ['a body that is not JSON', { ...whatsapp, body: '{' }, 400, 100, undefined],
    [
      'no messaging_product',
      whatsappRequest({ ...whatsappBody, messaging_product: undefined }),
      400,
      100,
      undefined,
    ],
    [
      'no recipient_type',
      whatsappRequest({ ...whatsappBody, recipient_type: undefined }),
      400,
      100,
      undefined,
    ],
    ['neither to nor recipient', whatsappRequest(whatsappWithoutTo), 400, 100, undefined],
    [
      'both to and recipient',
      whatsappRequest({ ...whatsappBody, recipient: 'US.1349' }),
      400,
      100,
      undefined,
    ],
    [
      'a to with a plus',
      whatsappRequest({ ...whatsappBody, to: '+15005550101' }),
      400,
      100,
      undefined,
    ],
    [
      'a to that is a number in JSON',
      whatsappRequest({ ...whatsappBody, to: 15005550101 }),
      400,
      100,
      undefined,
    ],
    [
      'a malformed business-scoped id',
      whatsappRequest({ ...whatsappWithoutTo, recipient: 'us.1349' }),
      400,
      100,
      undefined,
    ],
    [
      '4097 characters on WhatsApp',
      whatsappRequest({ ...whatsappBody, text: { body: 'x'.repeat(4097) } }),
      400,
      100,
      undefined,
    ],
    [
      'an empty text',
      whatsappRequest({ ...whatsappBody, text: { body: '' } }),
      400,
      100,
      undefined,
    ],
    [
      'callback data over 512',
      whatsappRequest({ ...whatsappBody, biz_opaque_callback_data: 'x'.repeat(513) }),
      400,
      100,
      undefined,
    ],
    ['an unknown field', whatsappRequest({ ...whatsappBody, subject: 'x' }), 400, 100, undefined],
    [
      'no messaging_type on Messenger',
      messengerRequest({ ...messengerBody, messaging_type: undefined }),
      400,
      100,
      undefined,
    ],
    [
      'a tag without its type',
      messengerRequest({ ...messengerBody, tag: 'HUMAN_AGENT' }),
      400,
      100,
      undefined,
    ],
    [
      '2001 characters on Messenger',
      messengerRequest({ ...messengerBody, message: textOf(2001) }),
      400,
      100,
      undefined,
    ],
    [
      'a recipient who is no PSID',
      messengerRequest({ ...messengerBody, recipient: { id: contact.phone } }),
      400,
      100,
      2018001,
    ],
    [
      '1001 bytes on Instagram',
      instagramRequest({ ...instagramBody, message: textOf(1001) }),
      400,
      100,
      undefined,
    ],
    [
      '501 characters of two bytes on Instagram',
      instagramRequest({ ...instagramBody, message: { text: 'é'.repeat(501) } }),
      400,
      100,
      undefined,
    ],
    [
      'a PSID on Instagram',
      instagramRequest({ ...instagramBody, recipient: { id: contact.messengerUserId } }),
      400,
      100,
      2534014,
    ],
  ])('%s, in its own format', async (_name, request, status, code, subcode) => {
    const answer = await send(vendors, request);
    expect(answer.status).toBe(status);
    const { error } = errorSchema.parse(await answer.json());
    expect([error.code, error.error_subcode]).toEqual([code, subcode]);
    expect(vendors.sent()).toEqual([]);
  });
});
