// Checked only by tsc: each line under an expectation must be refused.
import type { Client, SendEither, SendMessage } from '../../client/client.ts';

const agent = 'a1b2c3d4-e5f6-7890-abcd-ef1234567890';
const fields = { content: 'Hello', conversation_id: 'conv_abc123', channel: 'sms' } as const;

export const allowed: readonly SendMessage[] = [
  { ...fields, ai: false },
  { ...fields, ai: false, agent_id: null, subject: 'Your visit' },
  { ...fields, ai: true, agent_id: agent },
];

// @ts-expect-error An agent writes it, so its id is required.
export const nobody: SendMessage = { ...fields, ai: true };

// @ts-expect-error Null is not an agent.
export const nullAgent: SendMessage = { ...fields, ai: true, agent_id: null };

// @ts-expect-error There is no such channel.
export const pigeon: SendMessage = { ...fields, ai: false, channel: 'pigeon' };

// @ts-expect-error A misspelt field does not exist.
export const misspelt: SendMessage = { ...fields, ai: false, agentId: agent };

declare const ai: boolean;
declare const perhaps: string | undefined;

export const onlyTheProgramKnows = (client: Client) => [
  client.sendMessage({ ...fields, ai }),
  client.sendMessage({ ...fields, ai, agent_id: agent }),
  client.sendMessage({ ...fields, ai, agent_id: perhaps }),
  client.sendMessage({ ...fields, ai, agent_id: ai ? agent : null }, { async: true }),
  client.sendMessage({ ...fields, ai: false, subject: 'Your visit' }),
  client.sendMessage({ ...fields, ai: true, agent_id: agent }),
  // @ts-expect-error Here the compiler knows `ai`, so the agent's id is required.
  client.sendMessage({ ...fields, ai: true }),
  // @ts-expect-error Here too.
  client.sendMessage({ ...fields, ai: true, agent_id: perhaps }, { async: true }),
  // @ts-expect-error An agent writes under its own name.
  client.sendMessage({ ...fields, ai, agent_id: 7 }),
  // @ts-expect-error A misspelt field does not exist.
  client.sendMessage({ ...fields, ai, agentId: agent }),
  // @ts-expect-error There is no such channel.
  client.sendMessage({ ...fields, ai, channel: 'pigeon' }),
];

/** A request may be kept in a variable before it is sent. */
export const wrap = (client: Client, request: SendEither) => client.sendMessage(request);

export const answersAreTyped = async (client: Client, request: SendMessage) => {
  const sent = await client.sendMessage(request);
  const delivered: true = sent.delivered;
  const content: string = sent.content;

  const queued = await client.sendMessage(request, { async: true });
  // @ts-expect-error The text may not be written yet.
  const text: string = queued.content;

  const message = await client.getMessage(sent.message_id);
  // @ts-expect-error There is no such status.
  const lost: boolean = message.status === 'lost';
  return { delivered, content, text, lost, attempts: message.attempts.length };
};
