import { z } from 'zod';
import {
  errorAnswer,
  healthAnswer,
  messageAnswer,
  queuedMessageAnswer,
  sendMessageAnswer,
  sweepAnswer,
} from '../../src/http/answers.ts';
import { sendMessageBody } from '../../src/http/send-message.ts';

const toSchema = (schema: z.ZodType, io: 'input' | 'output') => {
  const { $schema: _, ...plain } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return plain;
};

const { shape } = sendMessageBody;

/** What the refinement of `sendMessageBody` demands, said in JSON Schema: who has the agent write names the agent. */
const byAgent = z.object({
  ...shape,
  content: shape.content.meta({ description: 'The instruction to the agent.' }),
  ai: z.literal(true).meta({ description: 'The agent writes the message.' }),
  agent_id: shape.agent_id.unwrap().unwrap().meta({
    description: 'An active agent of the sub-account.',
  }),
});

const asItIs = z.object({
  ...shape,
  content: shape.content.meta({ description: 'The text, sent as it is.' }),
  ai: z.literal(false).meta({ description: '`content` is sent as it is.' }),
  agent_id: shape.agent_id.meta({ description: 'Not used.' }),
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
  SentMessage: toSchema(sendMessageAnswer, 'output'),
  QueuedMessage: toSchema(queuedMessageAnswer, 'output'),
  Message: toSchema(messageAnswer, 'output'),
  Swept: toSchema(sweepAnswer, 'output'),
  Health: toSchema(healthAnswer, 'output'),
  ErrorAnswer: toSchema(errorAnswer, 'output'),
};
