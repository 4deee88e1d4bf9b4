import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type AnySchemaObject } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { channelProviders } from '../../src/channels/index.ts';
import type { OutboundMessage } from '../../src/ports/channel.ts';
import { startScriptedServer } from '../support/scripted-server.ts';
import { aMessage } from './provider-fixture.ts';

// The vendors' own descriptions are beside the repository, not part of it.
const folder = join(import.meta.dirname, '../../../shared/vendors/contracts');
const isHere = existsSync(folder);
const title = isHere
  ? "the requests that are really made fit the vendors' contracts"
  : "SKIPPED: the vendors' contracts are not here (../shared/vendors/contracts)";

const phoneNumber = /^(whatsapp:)?\+[1-9]\d{1,14}$/;

type Check = (request: unknown) => string[];

/** A check against one schema of an OpenAPI file, which also refuses fields that the schema does not know. */
const checkAgainst = (file: string, pointer: string, unlisted: AnySchemaObject = {}): Check => {
  const ajv = new Ajv2020({ strict: false, allErrors: true, logger: false });
  ajv.addFormat('phone-number', phoneNumber).addFormat('uri', fullFormats.uri);
  ajv.addSchema(JSON.parse(readFileSync(join(folder, file), 'utf8')), file);
  const validate = ajv.compile({
    allOf: [{ $ref: `${file}#${pointer}` }],
    properties: unlisted,
    unevaluatedProperties: false,
  });
  return (request) =>
    validate(request)
      ? []
      : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
};

const object = z.record(z.string(), z.unknown());

const requestOf = async (name: string, credentials: unknown, message: OutboundMessage) => {
  const server = await startScriptedServer();
  const io = { fetch: server.fetch, signal: AbortSignal.timeout(5000) };
  await channelProviders[name]?.send(credentials, message, io);
  await server.stop();
  const [request] = server.requests;
  const isForm = request?.headers['content-type']?.includes('form-urlencoded');
  const body = request?.body ?? '';
  return object.parse(isForm ? Object.fromEntries(new URLSearchParams(body)) : JSON.parse(body));
};

const replyTo = { providerMessageId: 'wamid.IN', emailMessageId: '<a@mail.example.com>' };

describe.skipIf(!isHere)(title, () => {
  let checkTwilio: Check;
  let checkResend: Check;
  let checkWhatsapp: Check;
  beforeAll(() => {
    checkTwilio = checkAgainst(
      'twilio.messages.json',
      '/paths/~12010-04-01~1Accounts~1%7BAccountSid%7D~1Messages.json/post/requestBody/content/application~1x-www-form-urlencoded/schema',
    );
    checkResend = checkAgainst('resend.emails.json', '/components/schemas/SendEmailRequest');
    // Meta's description lacks this field, although its API accepts and returns it.
    checkWhatsapp = checkAgainst(
      'meta.whatsapp-messages.patched.json',
      '/components/schemas/Message',
      { biz_opaque_callback_data: { type: 'string', maxLength: 512 } },
    );
  });

  const twilioCredentials = {
    accountSid: 'AC0123456789abcdef0123456789abcdef',
    authToken: 'f00dfeed',
  };
  test.each([
    aMessage('sms', '+15550001111', '+15552229999'),
    aMessage('sms', 'MG0123456789abcdef0123456789abcdef', '+15552229999'),
    aMessage('whatsapp', '+15550001111', '+15552229999'),
  ])("Twilio's, on $channel from $from", async (message) => {
    expect(checkTwilio(await requestOf('twilio', twilioCredentials, message))).toEqual([]);
  });

  test.each([
    { To: 'Jane' },
    { Sender: '+15550001111' },
    { MessagingServiceSid: 'MG1' },
    { StatusCallback: '/x' },
  ])("Twilio's contract turns away %o", async (fault) => {
    const message = aMessage('sms', '+15550001111', '+15552229999');
    const request = await requestOf('twilio', twilioCredentials, message);
    expect(checkTwilio({ ...request, ...fault })).not.toEqual([]);
  });

  const email = aMessage('email', 'Acme <hello@acme.example>', 'jane@example.com', {
    subject: 'Your order',
  });
  test.each([email, { ...email, replyTo }])("Resend's, %#", async (message) => {
    expect(checkResend(await requestOf('resend', { apiKey: 're_1' }, message))).toEqual([]);
  });

  test.each([{ subject: null }, { body: 'x' }, { tags: { message_id: 'x' } }])(
    "Resend's contract turns away %o",
    async (fault) => {
      const request = await requestOf('resend', { apiKey: 're_1' }, email);
      expect(checkResend({ ...request, ...fault })).not.toEqual([]);
    },
  );

  const whatsapp = aMessage('whatsapp', '106540352242922', '+15552229999');
  test.each([whatsapp, { ...whatsapp, replyTo }])("WhatsApp's, %#", async (message) => {
    expect(checkWhatsapp(await requestOf('meta', { accessToken: 'EAAG' }, message))).toEqual([]);
  });

  test.each([{ type: 'words' }, { text: { content: 'x' } }, { reply_to: { mid: 'x' } }])(
    "WhatsApp's contract turns away %o",
    async (fault) => {
      const request = await requestOf('meta', { accessToken: 'EAAG' }, whatsapp);
      expect(checkWhatsapp({ ...request, ...fault })).not.toEqual([]);
    },
  );
});
