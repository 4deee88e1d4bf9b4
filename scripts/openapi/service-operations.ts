import { channelProviders } from '../../src/channels/index.ts';
import { errorTable } from '../../src/errors.ts';
import { errorResponses } from './error-responses.ts';
import { headersOf } from './headers.ts';
import { pathParameter, queryParameter } from './parameters.ts';
import { json } from './schemas.ts';

const text = { 'text/plain': { schema: { type: 'string' } } };

export const webhookParameters = [
  pathParameter('provider', 'Who calls.', { enum: Object.keys(channelProviders) }),
  pathParameter(
    'connection_id',
    "The connection's UUID, as `npm run crm -- connections add` prints it.",
    {
      format: 'uuid',
    },
  ),
];

const largestCalls = Object.values(channelProviders)
  .map(({ name, webhook }) => `${webhook.largestCall / 1024} KiB from ${name}`)
  .join(', ');

const webhookBodies = {
  'application/json': { schema: { type: 'object' } },
  'application/x-www-form-urlencoded': { schema: { type: 'object' } },
};

export const receiveWebhook = {
  operationId: 'receiveWebhook',
  tags: ['Webhooks'],
  summary: 'Take what a provider calls back with',
  description:
    "Receipts and what contacts write, in the provider's own format. The provider signs each call with the connection's secret (`X-Twilio-Signature`, `X-Hub-Signature-256`, `svix-signature`). The same call twice is stored once.",
  security: [],
  requestBody: {
    required: true,
    description: `The provider's own format: a form from Twilio, JSON from Meta and Resend. At most ${largestCalls}.`,
    content: webhookBodies,
  },
  responses: {
    '200': {
      description: 'It is stored, or there was nothing in it to store.',
      headers: headersOf('Server-Timing'),
      content: { ...text, 'text/xml': { schema: { type: 'string' } } },
    },
    ...errorResponses('stored', [
      'invalid_request',
      'invalid_signature',
      'not_found',
      'payload_too_large',
      'internal_error',
      'too_busy',
      'database_unavailable',
    ]),
  },
};

export const answerChallenge = {
  operationId: 'answerChallenge',
  tags: ['Webhooks'],
  summary: "Answer Meta's question whether the address is ours",
  description: "Meta asks once, when the address is put into the app's console.",
  security: [],
  parameters: [
    queryParameter('hub.mode', '`subscribe`.'),
    queryParameter('hub.verify_token', "The connection's `verifyToken`."),
    queryParameter('hub.challenge', 'The text to respond with.'),
  ],
  responses: {
    '200': {
      description: 'The challenge, as it came.',
      headers: headersOf('Server-Timing'),
      content: text,
    },
    ...errorResponses('stored', [
      'invalid_signature',
      'not_found',
      'internal_error',
      'database_unavailable',
    ]),
  },
};

export const sweep = {
  operationId: 'sweep',
  tags: ['Service'],
  summary: 'Send what is due, settle what was abandoned',
  description: 'For a scheduler, once a minute. As often as you like: it does no harm.',
  security: [{ cronSecret: [] }],
  responses: {
    '200': {
      description: 'How many messages ended how.',
      headers: headersOf('Server-Timing'),
      content: json('Swept'),
    },
    ...errorResponses('stored', ['invalid_api_key', 'internal_error', 'database_unavailable']),
  },
};

export const explainError = {
  operationId: 'explainError',
  tags: ['Service'],
  summary: 'What an error code means and what to do',
  description: 'For people: `doc_url` in every error leads here.',
  security: [],
  parameters: [pathParameter('code', 'An error code.', { enum: Object.keys(errorTable) })],
  responses: {
    '200': { description: 'What happened, what to do.', headers: headersOf(), content: text },
    ...errorResponses('plain', ['not_found', 'internal_error']),
  },
};

export const getHealth = {
  operationId: 'getHealth',
  tags: ['Service'],
  summary: 'Is the function up and configured',
  description: 'Asks neither the database nor a provider.',
  security: [],
  responses: {
    '200': { description: 'It is.', headers: headersOf(), content: json('Health') },
    ...errorResponses('plain', ['internal_error']),
  },
};
