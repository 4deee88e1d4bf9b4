import { z } from 'zod';
import { parseVendorOrigins } from '../scripts/crm/local-stack/route-fetch.ts';
import { createJsonLog } from '../src/lib/json-log.ts';
import { demoData } from './demo-data.ts';
import { letAgentReply } from './let-agent-reply.ts';
import { replyAfter } from './model.ts';
import { createPhones } from './phones/front.ts';
import { type Stack, startStack } from './stack.ts';

const port = (usual: number) =>
  z.coerce.number({ error: 'must be a port' }).int().min(0).max(65_535).default(usual);

const environmentSchema = z.object({
  PORT: port(8787),
  DEV_DB_PORT: port(54321),
  DEV_VENDORS_PORT: port(8788),
  DEV_MODEL_PORT: port(8789),
});

// Slow enough to see a message on its way: sent, then delivered, then read.
const receipts = { afterMs: 2000 };
// Long enough to see the agent at work.
const thinkingMs = 1200;

const start = (): Promise<Stack> => {
  const environment = environmentSchema.safeParse(process.env);
  if (!environment.success) throw new Error(z.prettifyError(environment.error));
  const {
    PORT: apiPort,
    DEV_DB_PORT: databasePort,
    DEV_VENDORS_PORT: vendorsPort,
    DEV_MODEL_PORT: modelPort,
  } = environment.data;
  const vendorOrigins = parseVendorOrigins(process.env.DEV_VENDOR_ORIGINS);
  const log = createJsonLog((line) => console.log(line), Date.now);
  return startStack({
    apiPort,
    databasePort,
    vendorsPort,
    modelPort,
    vendorOrigins,
    receipts,
    log,
    modelAnswer: replyAfter(thinkingMs),
    front: createPhones,
    sweepEveryMs: 60_000,
  });
};

type Body = Readonly<Record<string, unknown>>;

const curl = (url: string, headers: readonly string[], body: Body): string =>
  [
    `curl -s ${url} \\`,
    ...headers.map((header) => `  -H '${header}' \\`),
    "  -H 'Content-Type: application/json' \\",
    `  -d '${JSON.stringify(body)}'`,
  ].join('\n');

const curlApi = (apiUrl: string, body: Body): string =>
  curl(`${apiUrl}/send-message`, [`x-api-key: ${demoData.apiKey}`], body);

const welcome = ({ apiUrl, database, vendors, model }: Stack): string => {
  const { conversationId: conversation_id, agentId: agent_id } = demoData;
  const manual = {
    content: 'Your appointment is confirmed for Thursday at 10 am.',
    ai: false,
    conversation_id,
    channel: 'sms',
  };
  const written = {
    content: 'Confirm the appointment on Thursday at 10 am.',
    ai: true,
    conversation_id,
    channel: 'whatsapp',
    agent_id,
  };
  const inbound = { channel: 'sms', text: 'Can I come an hour later?' };
  return `Open ${new URL('/', apiUrl)} to see five phones: what is sent arrives there, and Jane can answer.

API       ${apiUrl}
Database  ${database.url}  (apikey: ${database.secretKey})
Vendors   ${vendors.origin}  (what they took: ${vendors.origin}/_control/sent)
Model     ${model.origin}

Send an SMS as it is:

${curlApi(apiUrl, manual)}

Have the agent write a WhatsApp message:

${curlApi(apiUrl, written)}

Have Jane write an SMS:

${curl(`${vendors.origin}/_control/inbound`, [], inbound)}

Ctrl-C stops everything, and forgets what was stored.
`;
};

const stopOnSignal = (stack: Stack): void => {
  const stop = async () => {
    await stack.stop();
    process.exit(0);
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
};

try {
  const stack = await start();
  stopOnSignal(stack);
  await letAgentReply(stack);
  console.log(welcome(stack));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
