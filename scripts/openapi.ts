import { z } from 'zod';
import { type ErrorCode, errorTable } from '../src/errors.ts';
import { messageAnswer } from '../src/http/messages.ts';
import {
  queuedMessageAnswer,
  sendMessageAnswer,
  sendMessageBody,
  sendMessageHeaders,
} from '../src/http/send-message.ts';

const codes = Object.keys(errorTable);

const errorAnswer = z.object({
  error: z.object({
    code: z.enum(codes),
    message: z.string().meta({ description: 'One sentence that says what to do.' }),
    retry: z.enum(['never', 'safe', 'check']).meta({
      description:
        'never: the same request cannot succeed. safe: nothing was sent, send it again with the same Idempotency-Key. check: it may have been sent, ask GET /messages/{message_id} first.',
    }),
    request_id: z.string(),
    doc_url: z.url(),
    issues: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    message_id: z.string().optional(),
    provider: z
      .object({
        name: z.string(),
        code: z.string().nullable(),
        message: z.string().nullable(),
        reason: z.string(),
      })
      .optional(),
  }),
});

const toSchema = (schema: z.ZodType, io: 'input' | 'output') => {
  const { $schema: _, ...plain } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return plain;
};

const json = (name: string) => ({
  'application/json': { schema: { $ref: `#/components/schemas/${name}` } },
});

const errorResponse = (status: number) => {
  const listed = Object.entries(errorTable).filter(([, entry]) => entry.status === status);
  const description = listed.map(([code, { happened }]) => `\`${code}\`: ${happened}`).join('\n\n');
  return { description, content: json('Error') };
};

const errorResponses = (...wanted: ErrorCode[]) =>
  Object.fromEntries(
    [...new Set(wanted.map((code) => errorTable[code].status))]
      .sort((a, b) => a - b)
      .map((status) => [String(status), errorResponse(status)]),
  );

const pathParameter = (name: string, description: string) => ({
  name,
  in: 'path',
  required: true,
  description,
  schema: { type: 'string' },
});

const headerParameters = () => {
  const { properties = {} } = z.toJSONSchema(sendMessageHeaders, { io: 'input' });
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'header',
    required: false,
    schema,
  }));
};

const sendErrors: ErrorCode[] = [
  'invalid_request',
  'invalid_api_key',
  'conversation_not_found',
  'send_in_progress',
  'payload_too_large',
  'idempotency_key_reused',
  'rate_limited',
  'delivery_failed',
  'ai_unavailable',
  'database_unavailable',
];

/** The API as OpenAPI 3.1, from the very schemas that requests are checked with. */
export const buildOpenApiDocument = (version: string) => ({
  openapi: '3.1.0',
  info: {
    title: 'crm-api',
    version,
    description:
      'Sends a message to a CRM contact over SMS, email, WhatsApp, Facebook or Instagram, word for word or written by an AI agent.',
    license: { name: 'MIT', identifier: 'MIT' },
  },
  security: [{ apiKey: [] }],
  paths: {
    '/send-message': {
      post: {
        operationId: 'sendMessage',
        summary: 'Send a message to a contact',
        parameters: headerParameters(),
        requestBody: { required: true, content: json('SendMessage') },
        responses: {
          '200': {
            description: 'The provider accepted the message.',
            content: json('SentMessage'),
          },
          '202': {
            description:
              'With `Prefer: respond-async`: the message is stored and sent after this answer. `Location` says where to ask.',
            content: json('QueuedMessage'),
          },
          ...errorResponses(...sendErrors),
        },
      },
    },
    '/messages/{message_id}': {
      get: {
        operationId: 'getMessage',
        summary: 'What became of a message',
        parameters: [pathParameter('message_id', 'As answered by /send-message: msg_…')],
        responses: {
          '200': { description: 'The message and every attempt.', content: json('Message') },
          ...errorResponses(
            'invalid_api_key',
            'not_found',
            'internal_error',
            'database_unavailable',
          ),
        },
      },
    },
    '/jobs/sweep': {
      post: {
        operationId: 'sweep',
        summary: 'For a scheduler: send what is due, settle what was abandoned',
        security: [{ cronSecret: [] }],
        responses: {
          '200': {
            description: 'How many messages ended how.',
            content: {
              'application/json': {
                schema: { type: 'object', additionalProperties: { type: 'integer' } },
              },
            },
          },
          ...errorResponses('invalid_api_key', 'database_unavailable'),
        },
      },
    },
    '/errors/{code}': {
      get: {
        operationId: 'explainError',
        summary: 'What an error code means and what to do',
        security: [],
        parameters: [pathParameter('code', 'An error code')],
        responses: {
          '200': {
            description: 'Plain text.',
            content: { 'text/plain': { schema: { type: 'string' } } },
          },
          ...errorResponses('not_found'),
        },
      },
    },
    '/health': {
      get: {
        operationId: 'getHealth',
        summary: 'Is the function up and configured',
        security: [],
        responses: {
          '200': {
            description: 'It is.',
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  properties: { status: { const: 'ok' } },
                  required: ['status'],
                },
              },
            },
          },
        },
      },
    },
  },
  components: {
    securitySchemes: {
      apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
      cronSecret: { type: 'apiKey', in: 'header', name: 'x-cron-secret' },
    },
    schemas: {
      SendMessage: toSchema(sendMessageBody, 'input'),
      SentMessage: toSchema(sendMessageAnswer, 'output'),
      QueuedMessage: toSchema(queuedMessageAnswer, 'output'),
      Message: toSchema(messageAnswer, 'output'),
      Error: toSchema(errorAnswer, 'output'),
    },
  },
});
