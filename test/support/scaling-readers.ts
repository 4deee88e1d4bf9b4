import { createAiProviders } from '../../src/ai/index.ts';
import { toSpoken } from '../../src/ai/spoken-text.ts';
import { channelProviders } from '../../src/channels/index.ts';
import { describeFailedReceipt } from '../../src/core/provider-error.ts';
import { readPreference } from '../../src/core/receive/opt-out-words.ts';
import { channels } from '../../src/ports/channel.ts';
import { toTextMetadata } from '../../src/store/email-rows.ts';
import { cutText } from '../../src/store/kept-text.ts';
import { request } from '../ai/subject.ts';
import { aMessage } from '../channels/provider-fixture.ts';
import { aCall } from '../channels/webhook-call.ts';
import type { Subject } from './measure-growth.ts';
import { httpSubjects } from './scaling-http.ts';
import { inHeader, signedCall } from './signed-call.ts';

const secrets = {
  authToken: 'a',
  appSecret: 'a',
  verifyToken: 'a',
  webhookSecret: 'whsec_YQ==',
  apiKey: 're_1',
  accountSid: `AC${'0'.repeat(32)}`,
  accessToken: 'EAA1',
};

/** The fields that vendors put texts into, filled with this text. */
const payloads: Readonly<Record<string, (text: string) => string>> = {
  twilio: (text) =>
    new URLSearchParams({
      AccountSid: 'A',
      MessageSid: 'S',
      From: text,
      To: text,
      Body: text,
    }).toString(),
  meta: (text) =>
    JSON.stringify({
      object: 'whatsapp_business_account',
      entry: [
        {
          changes: [
            {
              value: {
                contacts: [{ wa_id: text, profile: { name: text } }],
                messages: [
                  { id: '1', from: text, text: { body: text }, type: 'text', timestamp: text },
                ],
                statuses: [
                  { id: text, status: 'failed', errors: [{ code: 1, title: text, message: text }] },
                ],
              },
            },
          ],
        },
      ],
    }),
  resend: (text) =>
    JSON.stringify({
      type: 'email.received',
      created_at: text,
      data: {
        email_id: '1',
        from: `${text}@x`,
        to: [`${text}@x`],
        subject: text,
        message_id: text,
        headers: { references: text, 'authentication-results': text, 'auto-submitted': text },
      },
    }),
};

const answerWith = (body: string, status = 200) => ({
  fetch: async () =>
    new Response(body, { status, headers: { 'retry-after': inHeader(body.slice(0, 4000)) } }),
  signal: new AbortController().signal,
});

/** The most characters that a host accepts as an address. */
const longestUrl = 16 * 1024;

const webhookSubjects = Object.values(channelProviders).flatMap((provider): [string, Subject][] => {
  const { name, webhook, carries } = provider;
  const fill = payloads[name] ?? String;
  return [
    [`${name} verifies`, (text) => webhook.verify(secrets, signedCall(text))],
    [`${name} parses`, (text) => webhook.parse(aCall(text))],
    [`${name} parses its own format`, (text) => webhook.parse(aCall(fill(text)))],
    [
      `${name} answers a challenge`,
      (text) => webhook.challenge?.(secrets, new URLSearchParams(text.slice(0, longestUrl))),
    ],
    [
      `${name} fetches a text`,
      (text) =>
        webhook.fetchText?.(
          secrets,
          '1',
          answerWith(
            JSON.stringify({ from: text, text: '', html: text, headers: { references: text } }),
          ),
        ),
    ],
    ...channels
      .filter((channel) => carries[channel])
      .map((channel): [string, Subject] => [
        `${name} reads its answer on ${channel}`,
        (text) =>
          provider.send(
            secrets,
            aMessage(channel, '+15005550006', '+15005550101'),
            answerWith(
              JSON.stringify({ error: { message: text, code: 1 }, message: text, code: 1 }),
              400,
            ),
          ),
      ]),
  ];
});

const modelSubjects = Object.values(createAiProviders({ allowPrivateBaseUrls: true })).flatMap(
  (provider): [string, Subject][] => [
    [
      `${provider.name} reads its answer`,
      (text) =>
        provider.compose(
          { apiKey: 'sk-1' },
          request,
          answerWith(
            JSON.stringify({
              choices: [{ finish_reason: 'stop', message: { content: text } }],
              content: [{ type: 'text', text }],
              stop_reason: 'end_turn',
            }),
          ),
        ),
    ],
    [
      `${provider.name} reads an error`,
      (text) =>
        provider.compose(
          { apiKey: 'sk-1' },
          request,
          answerWith(JSON.stringify({ error: { message: text, type: text, code: text } }), 400),
        ),
    ],
  ],
);

/** Everything else that reads the words of strangers, vendors and models. */
export const otherSubjects: Readonly<Record<string, Subject>> = Object.fromEntries([
  ...webhookSubjects,
  ...modelSubjects,
  ...httpSubjects,
  ['the words that opt out', (text: string) => readPreference(text, 'sms')],
  ['a model’s spoken text', toSpoken],
  [
    'why a message did not arrive',
    (text: string) =>
      describeFailedReceipt('twilio', { reason: 'other', code: text, message: text }),
  ],
  ['a text that is stored', cutText],
  ['an email that is stored', (text: string) => toTextMetadata({ text, email: null })],
]);
