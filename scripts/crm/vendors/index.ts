import { anthropic } from './anthropic.ts';
import { meta } from './meta.ts';
import { openai } from './openai.ts';
import type { VendorProbe } from './probe.ts';
import { resend } from './resend.ts';
import { twilio } from './twilio.ts';

/** What can be asked of each provider of src/channels and src/ai, by the word that `connections.provider` holds. */
export const vendorProbes: Readonly<Record<string, VendorProbe>> = {
  twilio,
  meta,
  resend,
  openai,
  anthropic,
};
