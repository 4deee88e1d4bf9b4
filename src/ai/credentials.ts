import * as z from 'zod';
import { isPublicHttpsUrl } from '../lib/public-https-url.ts';
import type { NotComposed } from '../ports/ai.ts';
import { notComposed } from './not-composed.ts';

export type AiSettings = {
  /** The local stack's models are on this machine; those of a deployment are never. */
  readonly allowPrivateBaseUrls: boolean;
};

export type ModelCredentials = { readonly apiKey: string; readonly baseUrl: string };

// The key goes into a header, so it must be one printable ASCII word.
const apiKey = z
  .string()
  .trim()
  .regex(/^[\x21-\x7e]{1,1024}$/);

export const modelCredentials = (settings: AiSettings, defaultBaseUrl: string) =>
  z.object({
    apiKey,
    baseUrl: z
      .string()
      .trim()
      .default(defaultBaseUrl)
      .refine(settings.allowPrivateBaseUrls ? isHttpUrl : isPublicHttpsUrl),
  });

const isHttpUrl = (text: string): boolean => {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && username === '' && password === '';
};

/** Names the fields that are missing or wrong, never their values. */
export const credentialsDoNotFit = ({ issues }: z.ZodError): NotComposed => {
  const fields = new Set(issues.map(({ path }) => path.join('.') || 'the whole'));
  return {
    ...notComposed('misconfigured', { code: 'invalid_credentials' }),
    message: `The connection's credentials are missing, malformed or not allowed: ${[...fields].join(', ')}.`,
  };
};

/** The base URL with a path appended; a query (such as an API version) is kept. */
export const endpoint = (baseUrl: string, path: string): string => {
  const url = new URL(baseUrl);
  url.pathname = url.pathname.replace(/\/+$/, '') + path;
  url.hash = '';
  return url.href;
};
