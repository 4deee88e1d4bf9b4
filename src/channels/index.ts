import type { ChannelProvider } from '../ports/channel.ts';
import { meta } from './meta.ts';
import { resend } from './resend.ts';
import { twilio } from './twilio.ts';

/** Every provider, by the name that `connections.provider` holds. */
export const channelProviders: Readonly<Record<string, ChannelProvider>> = { twilio, meta, resend };
