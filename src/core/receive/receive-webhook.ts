import { AppError } from '../../errors.ts';
import { isInvisible } from '../../lib/clean-text.ts';
import { countWords } from '../../lib/count-words.ts';
import { isUuid } from '../../lib/is-uuid.ts';
import { ownValue } from '../../lib/own-value.ts';
import type { Deps } from '../../ports/deps.ts';
import type { InboundMessage, Preference } from '../../ports/inbound.ts';
import type { Quotation, StorableEvent } from '../../ports/storable-event.ts';
import type {
  ProviderWebhook,
  WebhookCall,
  WebhookEvent,
  WebhookResponse,
} from '../../ports/webhook.ts';
import type { WorkContext } from '../context.ts';
import { describeFailedReceipt } from '../provider-error.ts';
import { findReplySettings } from '../send-policy.ts';
import { readPreference } from './opt-out-words.ts';
import { readQuotation } from './read-quotation.ts';
import { recordEvents } from './record-events.ts';

/** A webhook's address: two words of its path. */
export type WebhookAddress = { readonly provider: string; readonly connectionId: string };

export type OpenedWebhook = {
  readonly provider: string;
  readonly connectionId: string;
  readonly webhook: ProviderWebhook;
  readonly credentials: unknown;
  /** How far the database's clock is ahead of this host's, in milliseconds. */
  readonly aheadMs: number;
};

const notFound = () =>
  new AppError('not_found', {
    message:
      'There is no such webhook: its address is {PUBLIC_URL}/webhooks/{provider}/{connection id}.',
  });

/** Finds the connection that a webhook's address names, before the body is read. */
export const openWebhook = async (
  deps: Deps,
  { provider, connectionId: given }: WebhookAddress,
  { trace }: WorkContext,
): Promise<OpenedWebhook> => {
  const webhook = ownValue(deps.channelProviders, provider)?.webhook;
  if (!webhook || !isUuid(given)) throw notFound();
  // In the database's spelling, with which the credentials were sealed.
  const connectionId = given.toLowerCase();
  const connection = await trace.time('db', () => deps.store.getConnection(connectionId));
  if (connection?.provider !== provider) throw notFound();
  const credentials = await deps.vault.open(connection.credentials, connectionId);
  const aheadMs = connection.now - deps.io.now();
  return { provider, connectionId, webhook, credentials, aheadMs };
};

/** The word with which a text opts out or in. It counts only if the contact typed it. */
const findPreference = ({ channel, text, typed, preference }: InboundMessage): Preference | null =>
  preference ?? (typed ? readPreference(text ?? '', channel) : null);

/** Only phones write reactions into an SMS; on other channels the vendor reports them. */
const findQuotation = ({ channel, text, typed }: InboundMessage): Quotation | null =>
  channel === 'sms' && typed ? readQuotation(text ?? '') : null;

/** Letters and signs without a shape, which people send to write nothing. */
const shapeless = /[\u115f\u1160\u2800\u3164\uffa0]/g;

/** If a text shows nothing, an agent would see nothing, and would reply to the message before it. */
const isAnswerable = ({ answerable, text, textIsElsewhere, attachments }: InboundMessage) =>
  answerable &&
  (textIsElsewhere ||
    !isInvisible((text ?? '').replace(shapeless, '')) ||
    attachments.some(({ kind }) => kind !== 'sticker'));

type LeftOut = Extract<WebhookEvent, { type: 'left_out' }>;

const toStorable = (
  deps: Deps,
  event: Exclude<WebhookEvent, LeftOut>,
  provider: string,
): StorableEvent => {
  if (event.type === 'inbound') {
    const preference = findPreference(event);
    const reply = findReplySettings(deps, event.channel);
    return {
      ...event,
      preference,
      quoted: findQuotation(event),
      answerable: isAnswerable(event),
      reply,
    };
  }
  if (event.type === 'correction') {
    return { ...event, preference: readPreference(event.text, event.channel) };
  }
  if (event.type !== 'receipt') return event;
  const { failure, ...receipt } = event;
  return { ...receipt, error: failure && describeFailedReceipt(provider, failure) };
};

/** Verifies and stores a vendor's call, and responds. Agents reply after that. */
export const receiveWebhook = async (
  deps: Deps,
  { provider, connectionId, webhook, credentials, aheadMs }: OpenedWebhook,
  call: WebhookCall,
  context: WorkContext,
): Promise<WebhookResponse> => {
  if (!(await webhook.verify(credentials, call))) throw new AppError('invalid_signature');
  // If a vendor gives no time, the database's clock orders its events, because all hosts share it.
  const events = webhook.parse({ ...call, receivedAt: call.receivedAt + aheadMs });
  if (events === null) {
    const message = `The body is not what ${provider} sends. Nothing was stored.`;
    throw new AppError('invalid_request', { message });
  }
  const leftOut = events.filter((event) => event.type === 'left_out');
  if (leftOut.length > 0)
    context.trace.note({ left_out: countWords(leftOut.map(({ what }) => what)) });
  const served = events.filter((event) => event.type !== 'left_out');
  const storable = served.map((event) => toStorable(deps, event, provider));
  if (storable.length > 0) await recordEvents(deps, connectionId, storable, context);
  return webhook.answer;
};

/** Answers the vendor's check that the address is ours. */
export const answerChallenge = async (
  deps: Deps,
  address: WebhookAddress,
  query: URLSearchParams,
  context: WorkContext,
): Promise<string> => {
  const { webhook, credentials } = await openWebhook(deps, address, context);
  const answer = await webhook.challenge?.(credentials, query);
  if (answer === undefined || answer === null) {
    const message =
      "The verify token is not this connection's: put the same one into the connection and into the provider's console.";
    throw new AppError('invalid_signature', { message });
  }
  return answer;
};
