import * as z from 'zod';
import type { Refused } from '../ports/channel.ts';
import { refused } from './outcome.ts';

/** The value goes into a header, where a pasted line break would make `fetch` throw. */
export const secret = z
  .string()
  .trim()
  .regex(/^[\x21-\x7e]+$/);

/** Names the fields that are missing or wrong, never their values. */
export const credentialsDoNotFit = ({ issues }: z.ZodError): Refused => {
  const fields = new Set(issues.map(({ path }) => path.join('.') || 'the whole'));
  return refused('misconfigured', {
    message: `The connection's credentials are missing or malformed: ${[...fields].join(', ')}.`,
  });
};

/** The provider of this sender does not serve the channel. */
export const channelNotServed = (provider: string, channel: string): Refused =>
  refused('misconfigured', { message: `${provider} does not serve the channel ${channel}.` });
