import { z } from 'zod';
import {
  errorResponse,
  healthResponse,
  messageResponse,
  queuedMessageResponse,
  sendMessageResponse,
  sweepResponse,
} from '../../src/http/responses.ts';
import { sendMessageBody } from '../../src/http/send-message.ts';

/** All characters except controls. \p{Cc} is spelled out, because not every regular expression engine knows it. */
const printable = '[^\\x00-\\x1f\\x7f-\\x9f]';
/** The same without blanks. */
const visible = '[^\\x00-\\x20\\x7f-\\xa0]';

const portable = new Map([['^\\P{Cc}*$', `^${printable}*$`]]);

const toSchema = (schema: z.ZodType, io: 'input' | 'output') => {
  const { $schema: _, ...plain } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      const pattern = portable.get(jsonSchema.pattern ?? '');
      if (pattern !== undefined) jsonSchema.pattern = pattern;
    },
  });
  return plain;
};

const { shape } = sendMessageBody;

// A function checks that a text is not blank; a pattern says here as much of that as it can.
const fields = {
  ...shape,
  conversation_id: shape.conversation_id.meta({
    ...shape.conversation_id.meta(),
    minLength: 1,
    pattern: `^${printable}*${visible}${printable}*$`,
  }),
};
const content = (description: string) =>
  shape.content.meta({ description, minLength: 1, pattern: visible });

/** The refinement of `sendMessageBody` in JSON Schema: a request with `ai: true` names an agent. */
const byAgent = z.object({
  ...fields,
  content: content('The instruction to the agent; not blank.'),
  ai: z.literal(true).meta({ description: 'The agent writes the message.' }),
  agent_id: z.guid().meta({ description: 'An active agent of the sub-account.' }),
});

const asItIs = z.object({
  ...fields,
  content: content('The text, sent as it is; not blank.'),
  ai: z.literal(false).meta({ description: '`content` is sent as it is.' }),
  agent_id: z.string().nullish().meta({ description: 'Not used.' }),
});

const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });

export const json = (name: string) => ({ 'application/json': { schema: reference(name) } });

export const schemas = {
  SendMessage: {
    description:
      'Exactly as it is, or written by an agent: `ai` says which. Unknown fields are ignored.',
    oneOf: [reference('SendAsItIs'), reference('SendByAgent')],
  },
  SendAsItIs: toSchema(asItIs, 'input'),
  SendByAgent: toSchema(byAgent, 'input'),
  SentMessage: toSchema(sendMessageResponse, 'output'),
  QueuedMessage: toSchema(queuedMessageResponse, 'output'),
  Message: toSchema(messageResponse, 'output'),
  Swept: toSchema(sweepResponse, 'output'),
  Health: toSchema(healthResponse, 'output'),
  ErrorResponse: toSchema(errorResponse, 'output'),
};
