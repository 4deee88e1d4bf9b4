import type { z } from 'zod';
import { createAiProviders } from '../../src/ai/index.ts';
import { channelProviders } from '../../src/channels/index.ts';
import type { AgentOptions, Options } from './options.ts';

type Provider = { readonly name: string; readonly credentials: z.ZodType };

/** By the word that `--agent-provider` takes. */
export const agentProviders: Readonly<Record<string, Provider>> = createAiProviders({
  allowPrivateBaseUrls: false,
});

const parseJson = (variable: string, json: string | undefined): unknown => {
  if (!json) throw new Error(`${variable} is not set: put the provider's credentials there.`);
  try {
    return JSON.parse(json);
  } catch {
    throw new Error(`${variable} is not JSON: it has to look like {"field":"value"}.`);
  }
};

const fieldsOf = (value: unknown): string[] =>
  typeof value === 'object' && value !== null ? Object.keys(value) : [];

/** Reads a variable that holds credentials as JSON; what it throws names fields and no values. */
const readCredentials = (variable: string, { name, credentials }: Provider): unknown => {
  const given = parseJson(variable, process.env[variable]);
  const fit = credentials.safeParse(given);
  if (!fit.success) {
    const fields = fit.error.issues.map(({ path }) => path.join('.') || 'the whole');
    throw new Error(
      `${variable} does not fit ${name}; missing or malformed: ${fields.join(', ')}.`,
    );
  }
  const known = fieldsOf(fit.data);
  const strange = fieldsOf(given).filter((field) => !known.includes(field));
  if (strange.length === 0) return given;
  throw new Error(`${variable} has fields that ${name} does not know: ${strange.join(', ')}.`);
};

/** The credentials of the provider that is to carry messages. */
export const readSenderCredentials = ({ provider, channel }: Options): unknown => {
  const chosen = channelProviders[provider];
  if (chosen?.limits[channel]) return readCredentials('CREDENTIALS', chosen);
  throw new Error(`${provider} does not serve ${channel}.`);
};

/** The credentials of the provider whose model is to write them. */
export const readAgentCredentials = (writer: AgentOptions): unknown => {
  const chosen = agentProviders[writer['agent-provider']];
  if (!chosen) throw new Error(`There is no ${writer['agent-provider']}.`);
  return readCredentials('AGENT_CREDENTIALS', chosen);
};
