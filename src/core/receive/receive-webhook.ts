import { AppError } from '../../errors.ts';
import { isInvisible } from '../../lib/clean-text.ts';
import { countWords } from '../../lib/count-words.ts';
import type { Deps } from '../../ports/deps.ts';
import type { InboundMessage, Preference } from '../../ports/inbound.ts';
import type { Quotation, StorableEvent } from '../../ports/storable-event.ts';
import type { WebhookCall, WebhookEvent, WebhookResponse } from '../../ports/webhook.ts';
import type { WorkContext } from '../context.ts';
import { describeFailedReceipt } from '../provider-error.ts';
import { findReplySettings } from '../send-policy.ts';
import { readPreference } from './opt-out-words.ts';
import { readQuotation } from './read-quotation.ts';
import { recordEvents } from './record-events.ts';
import {
  noSuchWebhook,
  type OpenedWebhook,
  type WebhookAddress,
  type Webhooks,
} from './webhooks.ts';

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

/** Nothing is stored unless all of it is. `changed`: the connection is gone, or is not the one that was remembered. */
type Reception = 'stored' | 'not_signed' | 'changed';

const tryToReceive = async (
  deps: Deps,
  { provider, connectionId, version, webhook, credentials, aheadMs }: OpenedWebhook,
  call: WebhookCall,
  context: WorkContext,
): Promise<Reception> => {
  if (!(await webhook.verify(credentials, call))) return 'not_signed';
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
  if (storable.length === 0) return 'stored';
  const recorded = await recordEvents(deps, { connectionId, version }, storable, context);
  return recorded ? 'stored' : 'changed';
};

/**
 * Verifies and stores a vendor's call, and responds. Agents reply after that. If a remembered connection does not do, it
 * is read again: its credentials may have been exchanged a moment ago.
 */
export const receiveWebhook = async (
  deps: Deps,
  webhooks: Webhooks,
  opened: OpenedWebhook,
  call: WebhookCall,
  context: WorkContext,
): Promise<WebhookResponse> => {
  const received = await tryToReceive(deps, opened, call, context);
  if (received === 'stored') return opened.webhook.answer;
  if (opened.version !== null) {
    return receiveWebhook(deps, webhooks, await webhooks.read(opened, context), call, context);
  }
  throw received === 'changed' ? noSuchWebhook() : new AppError('invalid_signature');
};

/** Answers the vendor's check that the address is ours. An operator has just entered the token, so nothing is remembered. */
export const answerChallenge = async (
  webhooks: Webhooks,
  address: WebhookAddress,
  query: URLSearchParams,
  context: WorkContext,
): Promise<string> => {
  const { webhook, credentials } = await webhooks.read(address, context);
  const answer = await webhook.challenge?.(credentials, query);
  if (answer === undefined || answer === null) {
    const message =
      "The verify token is not this connection's: put the same one into the connection and into the provider's console.";
    throw new AppError('invalid_signature', { message });
  }
  return answer;
};
