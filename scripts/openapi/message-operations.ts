import { messageSamples, sendSamples } from './code-samples.ts';
import { errorResponses } from './error-responses.ts';
import { messageExample, queuedExample, requestExamples, sentExample } from './examples.ts';
import { headersOf, replayHeaders, sendHeaders } from './headers.ts';
import { pathParameter, sendParameters } from './parameters.ts';
import { json } from './schemas.ts';

const answer = (name: string, example: unknown) => ({
  'application/json': { ...json(name)['application/json'], example },
});

export const sendMessage = {
  operationId: 'sendMessage',
  tags: ['Messages'],
  summary: 'Send a message to a contact',
  description:
    'Sends `content` as it is, or lets an agent write the message. A repeated `Idempotency-Key` never sends twice: it gets the first response again. Repeat a request when `error.retry` says `safe`, with the same key; with `check`, ask for the message first.',
  parameters: sendParameters(),
  requestBody: {
    required: true,
    description:
      'One JSON object in UTF-8 of at most 256 KiB. `null`, `""` and blanks in an optional field count as no field.',
    content: {
      'application/json': { ...json('SendMessage')['application/json'], examples: requestExamples },
    },
  },
  responses: {
    '200': {
      description: 'The provider accepted the message.',
      headers: headersOf(...sendHeaders, ...replayHeaders),
      content: answer('SentMessage', sentExample),
    },
    '202': {
      description:
        'With `Prefer: respond-async`: the message is stored, and sent after this response. `Location` says where to ask.',
      headers: headersOf(...sendHeaders, ...replayHeaders, 'Preference-Applied', 'Location'),
      content: answer('QueuedMessage', queuedExample),
    },
    ...errorResponses('send', [
      'invalid_request',
      'content_too_long',
      'invalid_api_key',
      'conversation_not_found',
      'agent_not_found',
      'send_in_progress',
      'payload_too_large',
      'idempotency_key_reused',
      'channel_not_connected',
      'recipient_unreachable',
      'recipient_opted_out',
      'messaging_window_closed',
      'rate_limited',
      'delivery_failed',
      'delivery_unknown',
      'internal_error',
      'ai_unavailable',
      'too_busy',
      'database_unavailable',
    ]),
  },
  'x-codeSamples': sendSamples,
};

export const getMessage = {
  operationId: 'getMessage',
  tags: ['Messages'],
  summary: 'What became of a message',
  description:
    'The seven fields of the response to POST /send-message, the status, the times, the error and every call to a provider.',
  parameters: [
    pathParameter('message_id', 'From the response to POST /send-message.', {
      examples: [messageExample.message_id],
    }),
  ],
  responses: {
    '200': {
      description: 'The message and every attempt.',
      headers: headersOf(...sendHeaders),
      content: answer('Message', messageExample),
    },
    ...errorResponses('stored', [
      'invalid_api_key',
      'not_found',
      'rate_limited',
      'internal_error',
      'database_unavailable',
    ]),
  },
  'x-codeSamples': messageSamples,
};
