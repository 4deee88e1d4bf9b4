import type { SendPolicy } from '../ports/begin-send.ts';
import type { Channel, ChannelProvider } from '../ports/channel.ts';
import type { Deps } from '../ports/deps.ts';
import type { ReplySettings } from '../ports/store.ts';
import { replyWindowHours } from './limits.ts';

type Providers = Readonly<Record<string, ChannelProvider>>;

/** The rules for sending a message on a channel, with every provider that serves it. */
export const findPolicy = (providers: Providers, channel: Channel): SendPolicy => {
  const serving = Object.values(providers).filter(({ carries }) => carries[channel]);
  return {
    providers: serving.map(({ name }) => name),
    repeatable: Object.fromEntries(
      serving.flatMap(({ name, repeatableForSeconds: seconds }) =>
        seconds === null ? [] : [[name, seconds]],
      ),
    ),
    replyWindowHours: replyWindowHours[channel],
    ...(serving.some(({ webhook }) => webhook?.watermarks?.includes(channel))
      ? { watermarks: true }
      : {}),
  };
};

/**
 * The settings for agents' own replies on a channel. The database queues these replies, and knows neither their words
 * nor their rules.
 */
export const findReplySettings = (
  { channelProviders }: Pick<Deps, 'channelProviders'>,
  channel: Channel,
): ReplySettings => ({
  prompt: 'Answer what the contact wrote last.',
  policy: findPolicy(channelProviders, channel),
});
