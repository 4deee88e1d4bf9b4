import type { z } from 'zod';
import { createAiProviders } from '../../src/ai/index.ts';
import { channelProviders } from '../../src/channels/index.ts';

type Provider = {
  readonly name: string;
  readonly credentials: z.ZodType;
  /** It carries messages; the others write them. */
  readonly isChannel: boolean;
};

const toProvider = ({ name, credentials }: Omit<Provider, 'isChannel'>, isChannel: boolean) => ({
  name,
  credentials,
  isChannel,
});

/** Every provider that a connection can belong to. As in the function, only the local stack's models may be on a private address. */
const listProviders = (isLocal: boolean): readonly Provider[] => [
  ...Object.values(channelProviders).map((provider) => toProvider(provider, true)),
  ...Object.values(createAiProviders({ allowPrivateBaseUrls: isLocal })).map((provider) =>
    toProvider(provider, false),
  ),
];

/** The words that `connections add` knows. */
export const providerNames: readonly string[] = listProviders(false).map(({ name }) => name);

/** Whether the function would use them. */
export const takesCredentials = (name: string, isLocal: boolean, credentials: unknown): boolean => {
  const provider = listProviders(isLocal).find((one) => one.name === name);
  return provider?.credentials.safeParse(credentials).success ?? false;
};

/** Throws the list of words to choose from. */
export const findProvider = (name: string, isLocal: boolean): Provider => {
  const providers = listProviders(isLocal);
  const provider = providers.find((one) => one.name === name);
  if (provider) return provider;
  throw new Error(
    `There is no such provider: say one of ${providers.map((one) => one.name).join(', ')}.`,
  );
};
