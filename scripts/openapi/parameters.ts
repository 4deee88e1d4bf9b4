import { z } from 'zod';
import { sendMessageHeaders } from '../../src/http/send-message.ts';

/** Has only a `description`, unless its form is given. */
export const pathParameter = (
  name: string,
  description: string,
  schema: Readonly<Record<string, unknown>> = {},
) => ({
  name,
  in: 'path',
  required: true,
  description,
  schema: { type: 'string', ...schema },
});

export const queryParameter = (name: string, description: string) => ({
  name,
  in: 'query',
  required: true,
  description,
  schema: { type: 'string' },
});

const requestId = {
  name: 'X-Request-Id',
  in: 'header',
  required: false,
  description:
    'Your own id for this request, to find it in the log. The response has the same header.',
  schema: { type: 'string' },
};

export const sendParameters = () => {
  const { properties = {} } = z.toJSONSchema(sendMessageHeaders, { io: 'input' });
  const names = new Map([
    ['idempotency-key', 'Idempotency-Key'],
    ['prefer', 'Prefer'],
  ]);
  const described = Object.entries(properties).map(([name, property]) => {
    const { description, ...schema } = typeof property === 'object' ? property : {};
    return {
      name: names.get(name) ?? name,
      in: 'header',
      required: false,
      description,
      schema,
    };
  });
  return [...described, requestId];
};
