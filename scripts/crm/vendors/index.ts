import { anthropic } from './anthropic.ts';
import { meta } from './meta.ts';
import { openai } from './openai.ts';
import type { VendorProbe } from './probe.ts';
import { resend } from './resend.ts';
import { twilio } from './twilio.ts';

/** The questions to each provider of src/channels and src/ai, by the name that `connections.provider` holds. */
export const vendorProbes: Readonly<Record<string, VendorProbe>> = {
  twilio,
  meta,
  resend,
  openai,
  anthropic,
};
