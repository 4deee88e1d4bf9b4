import { headers } from './openapi/headers.ts';
import { getMessage, sendMessage } from './openapi/message-operations.ts';
import { schemas } from './openapi/schemas.ts';
import {
  answerChallenge,
  explainError,
  getHealth,
  receiveWebhook,
  sweep,
  webhookParameters,
} from './openapi/service-operations.ts';

const description = `Sends a message to a CRM contact over SMS, email, WhatsApp, Facebook or Instagram, word for word or written by an AI agent.

Every error has the same form, on every path: an unknown path is answered 404 \`not_found\`, another method 405 \`method_not_allowed\` with \`Allow\`. A function whose environment is incomplete answers everything with 500 \`internal_error\`.`;

const tags = [
  { name: 'Messages', description: 'Send a message, and ask what became of it.' },
  { name: 'Webhooks', description: 'What providers call; nobody else needs them.' },
  { name: 'Service', description: 'For the operator: health, scheduler, errors.' },
];

/** The API as OpenAPI 3.1, made from the same schemas that check requests. */
export const buildOpenApiDocument = (version: string) => ({
  openapi: '3.1.0',
  info: {
    title: 'crm-api',
    version,
    description,
    contact: { name: 'The operator of this function' },
    license: { name: 'MIT', identifier: 'MIT' },
  },
  tags,
  security: [{ apiKey: [] }, { bearer: [] }],
  paths: {
    '/send-message': { post: sendMessage },
    '/messages/{message_id}': { get: getMessage },
    '/webhooks/{provider}/{connection_id}': {
      parameters: webhookParameters,
      post: receiveWebhook,
      get: answerChallenge,
    },
    '/jobs/sweep': { post: sweep },
    '/errors/{code}': { get: explainError },
    '/health': { get: getHealth },
  },
  components: {
    securitySchemes: {
      apiKey: {
        type: 'apiKey',
        in: 'header',
        name: 'x-api-key',
        description: 'The key of a sub-account: `cfy_…`.',
      },
      bearer: {
        type: 'http',
        scheme: 'bearer',
        description:
          'The same key as `Authorization: Bearer cfy_…`. Two keys that differ are refused.',
      },
      cronSecret: {
        type: 'apiKey',
        in: 'header',
        name: 'x-cron-secret',
        description: 'The value of CRON_SECRET.',
      },
    },
    headers,
    schemas,
  },
});
