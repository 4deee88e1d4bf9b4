import { demoData } from './demo-data.ts';
import type { Stack } from './stack.ts';

const change = async (stack: Stack, table: string, values: object): Promise<void> => {
  const { url, secretKey } = stack.database;
  const response = await fetch(`${url}/rest/v1/${table}`, {
    method: 'PATCH',
    headers: {
      apikey: secretKey,
      authorization: `Bearer ${secretKey}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(values),
  });
  if (!response.ok) throw new Error(`${table} could not be changed: ${await response.text()}`);
};

/** From now on the demo's agent replies on every channel, even right after a person has written. */
export const letAgentReply = async (stack: Stack): Promise<void> => {
  const { agentId } = demoData;
  await change(stack, `agents?id=eq.${agentId}`, { person_pause_hours: 0 });
  await change(stack, 'senders?active=is.true', { answering_agent_id: agentId });
};
