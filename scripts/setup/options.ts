import { parseArgs } from 'node:util';
import { z } from 'zod';
import { channelProviders } from '../../src/channels/index.ts';
import { channels } from '../../src/ports/channel.ts';
import { agentProviders } from './credentials.ts';

const usage = `Makes a sub-account with an API key, one sender and one contact, and prints the first curl.

  CREDENTIALS='{"accountSid":"AC0","authToken":"0"}' npm run setup -- --env .env.production \\
    --account "Acme Dental" --provider twilio --channel sms --from +15005550006 \\
    --contact "Jane Doe" --to +15005550101 --conversation conv_abc123

With an agent that writes messages, too:

  AGENT_CREDENTIALS='{"apiKey":"sk-0"}' CREDENTIALS='…' npm run setup -- … \\
    --agent "Front desk" --agent-provider openai --model gpt-5-mini --instructions "Be brief."

SUPABASE_URL, SUPABASE_SECRET_KEY, CREDENTIALS_KEY and PUBLIC_URL must be those of the deployment: set them, or
name the file that holds them with --env. Credentials are never options, because options show in lists of processes.`;

const text = (longest: number) =>
  z
    .string({ error: 'is missing' })
    .trim()
    .min(1, { error: 'is empty' })
    .max(longest, { error: `is longer than ${longest} characters` });
const oneOf = <const Word extends string>(words: readonly Word[]) =>
  z.enum(words, { error: `must be one of ${words.join(', ')}` });

const accountOptions = z.object({
  env: text(4096).optional(),
  account: text(200),
  provider: oneOf(Object.keys(channelProviders)),
  channel: oneOf(channels),
  from: text(320),
  contact: text(200),
  to: text(320),
  conversation: text(255),
});
const agentOptions = z.object({
  agent: text(200),
  'agent-provider': oneOf(Object.keys(agentProviders)),
  model: text(200),
  instructions: text(100_000),
});

export type AgentOptions = z.output<typeof agentOptions>;
export type Options = z.output<typeof accountOptions> & { readonly writer: AgentOptions | null };

const misused = (problem: string): Error => new Error(`${problem}\n\n${usage}`);

const fit = <Output>(schema: z.ZodType<Output>, values: unknown): Output => {
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `--${path.join('.')} ${message}`);
  throw misused(`${problems.join('.\n')}.`);
};

const names = [...Object.keys(accountOptions.shape), ...Object.keys(agentOptions.shape)];

const parseCommandLine = (args: readonly string[]) => {
  const option = { type: 'string' } as const;
  const options = Object.fromEntries(names.map((name) => [name, option]));
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw misused(error instanceof Error ? error.message : String(error));
  }
};

/** Reads the command line. Throws what is wrong with it and how it is used, without repeating a value. */
export const readOptions = (args: readonly string[]): Options => {
  const { values, positionals } = parseCommandLine(args);
  if (positionals.length > 0) {
    throw misused('Only options may follow; credentials stand before `npm run setup`.');
  }
  const hasWriter = Object.keys(agentOptions.shape).some((name) => values[name] !== undefined);
  const writer = hasWriter ? fit(agentOptions, values) : null;
  return { ...fit(accountOptions, values), writer };
};
