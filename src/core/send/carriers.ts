import { AppError } from '../../errors.ts';
import { fits } from '../../lib/text-limit.ts';
import type { Channel, ChannelCapacity, ChannelProvider } from '../../ports/channel.ts';
import type { Content } from '../../ports/content.ts';
import type { SendRequest } from './send-request.ts';

/** A provider that serves the channel, and what it carries there. */
export type Offer = { readonly provider: string; readonly capacity: ChannelCapacity };

/** Every provider that serves the channel. */
export const listOffers = (
  providers: Readonly<Record<string, ChannelProvider>>,
  channel: Channel,
): Offer[] =>
  Object.values(providers).flatMap(({ name, carries }) => {
    const capacity = carries[channel];
    return capacity ? [{ provider: name, capacity }] : [];
  });

type Misfit = 'text_too_long';

/** The reason why a provider cannot carry the content; null: it can carry all of it. */
export const findMisfit = ({ text }: Content, capacity: ChannelCapacity): Misfit | null =>
  fits(text, capacity.text) ? null : 'text_too_long';

/** Recorded as the reason why this provider was not asked. */
export const misfitWords = {
  text_too_long: 'the text is too long for this provider',
} as const satisfies Record<Misfit, string>;

const textTooLong = (channel: Channel, offers: readonly Offer[]): AppError => {
  const longest = offers.map(({ capacity }) => capacity.text).toSorted((a, b) => b.max - a.max)[0];
  const most = longest ? ` at most ${longest.max} ${longest.unit}` : ' less';
  return new AppError('content_too_long', {
    message: `The text is too long: ${channel} takes${most} here. Shorten \`content\` or split it.`,
    issues: [{ path: 'content', message: `must be${most}` }],
  });
};

const refusals = { text_too_long: textTooLong } as const satisfies Record<
  Misfit,
  (channel: Channel, offers: readonly Offer[]) => AppError
>;

export type Carriers =
  | { readonly type: 'found'; readonly providers: readonly string[] }
  /** No provider carries all of it. The caller's error says what the first one does not carry. */
  | { readonly type: 'none'; readonly refusal: AppError };

/**
 * Finds the providers that can carry the message. An agent's text is made to fit later, so its length does not count
 * yet. An empty list of offers is not the message's fault.
 */
export const findCarriers = (
  { agentId, content, channel }: Pick<SendRequest, 'agentId' | 'content' | 'channel'>,
  offers: readonly Offer[],
): Carriers => {
  const known = agentId === null ? content : { ...content, text: '' };
  const judged = offers.map(({ provider, capacity }) => ({
    provider,
    misfit: findMisfit(known, capacity),
  }));
  const providers = judged.flatMap(({ provider, misfit }) => (misfit === null ? [provider] : []));
  const misfit = judged[0]?.misfit ?? null;
  return providers.length > 0 || misfit === null
    ? { type: 'found', providers }
    : { type: 'none', refusal: refusals[misfit](channel, offers) };
};
