import { AppError } from '../errors.ts';
import { describeError } from '../lib/describe-error.ts';
import { ownValue } from '../lib/own-value.ts';
import { sleep } from '../lib/sleep.ts';
import type { Deps } from '../ports/deps.ts';
import type { StorableEvent } from '../ports/storable-event.ts';
import type { RecordedEvent, WaitingAnswer } from '../ports/store.ts';
import type {
  InboundMessage,
  Preference,
  ProviderWebhook,
  WebhookAnswer,
  WebhookCall,
  WebhookEvent,
} from '../ports/webhook.ts';
import type { WorkContext } from './context.ts';
import { fetchTextOf } from './fetch-texts.ts';
import { readPreference } from './opt-out-words.ts';
import { describeFailedReceipt } from './provider-error.ts';
import { workQueued } from './work-queued.ts';

/** A webhook's address: both are words out of its path. */
export type WebhookAddress = { readonly provider: string; readonly connectionId: string };

type Opened = { readonly webhook: ProviderWebhook; readonly credentials: unknown };

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const notFound = () =>
  new AppError('not_found', {
    message:
      'There is no such webhook: its address is {PUBLIC_URL}/webhooks/{provider}/{connection id}.',
  });

const openConnection = async (
  deps: Deps,
  { provider, connectionId }: WebhookAddress,
  { trace }: WorkContext,
): Promise<Opened> => {
  const webhook = ownValue(deps.channelProviders, provider)?.webhook;
  if (!webhook || !uuid.test(connectionId)) throw notFound();
  const connection = await trace.time('db', () => deps.store.getConnection(connectionId));
  if (connection?.provider !== provider) throw notFound();
  return { webhook, credentials: await deps.vault.open(connection.credentials, connectionId) };
};

/** The word by which an inbound text opts out or in, on the channels where the mandated words count. */
const findPreference = ({ channel, text, preference }: InboundMessage): Preference | null =>
  preference ?? (channel === 'sms' || channel === 'whatsapp' ? readPreference(text ?? '') : null);

type LeftOut = Extract<WebhookEvent, { type: 'left_out' }>;

const toStorable = (event: Exclude<WebhookEvent, LeftOut>, provider: string): StorableEvent => {
  if (event.type === 'inbound') {
    return { ...event, preference: findPreference(event), quoted: null };
  }
  if (event.type === 'correction') return { ...event, preference: null };
  if (event.type !== 'receipt') return event;
  const { failure, ...receipt } = event;
  return { ...receipt, error: failure && describeFailedReceipt(provider, failure) };
};

/** Milliseconds: a longer pause is left to the sweeper, because hosts end what goes on after an answer. */
const longestPause = 20_000;

// The row says when the answer is due; this only looks just then, so that nobody waits for the sweeper.
const answerWhenDue = async (
  deps: Deps,
  { messageId, pauseMs }: WaitingAnswer,
  context: WorkContext,
): Promise<void> => {
  if (pauseMs > longestPause) return;
  await sleep(pauseMs + 50);
  if (!context.stopping()) await workQueued(deps, messageId, context);
};

const goOn = async (deps: Deps, recorded: RecordedEvent, context: WorkContext): Promise<void> => {
  try {
    const { messageId, textIsElsewhere, answer } = recorded;
    const fetched = messageId && textIsElsewhere ? await fetchTextOf(deps, messageId) : null;
    const waiting = answer ?? fetched;
    if (waiting) await answerWhenDue(deps, waiting, context);
  } catch (error) {
    deps.io.log('error', { event: 'inbound_not_finished', cause: describeError(error) });
  }
};

/** How often each of them came: `stored=2 known=1`. */
const count = (words: readonly string[]): string => {
  const counts = new Map<string, number>();
  for (const each of words) counts.set(each, (counts.get(each) ?? 0) + 1);
  return [...counts].map(([each, times]) => `${each}=${times}`).join(' ');
};

/** Takes what a vendor calls back with: verifies it, stores it, and answers; agents answer after that. */
export const receiveWebhook = async (
  deps: Deps,
  address: WebhookAddress,
  call: WebhookCall,
  context: WorkContext,
): Promise<WebhookAnswer> => {
  const { webhook, credentials } = await openConnection(deps, address, context);
  if (!(await webhook.verify(credentials, call))) throw new AppError('invalid_signature');
  const events = webhook.parse(call);
  if (events === null) {
    const message = `The body is not what ${address.provider} sends. Nothing was stored.`;
    throw new AppError('invalid_request', { message });
  }
  const leftOut = events.filter((event) => event.type === 'left_out');
  if (leftOut.length > 0) context.trace.note({ left_out: count(leftOut.map(({ what }) => what)) });
  const served = events.filter((event) => event.type !== 'left_out');
  if (served.length === 0) return webhook.answer;
  const storable = served.map((event) => toStorable(event, address.provider));
  const record = () => deps.store.recordWebhook(address.connectionId, storable);
  const recorded = await context.trace.time('db', record);
  context.trace.note({ events: count(recorded.map(({ outcome }) => outcome)) });
  for (const { outcome, code } of recorded) {
    if (outcome === 'rejected') deps.io.log('error', { event: 'event_rejected', code });
  }
  for (const event of recorded) {
    if (event.answer || event.textIsElsewhere) context.waitUntil(goOn(deps, event, context));
  }
  return webhook.answer;
};

/** Answers the question with which a vendor checks that the address is ours. */
export const answerChallenge = async (
  deps: Deps,
  address: WebhookAddress,
  query: URLSearchParams,
  context: WorkContext,
): Promise<string> => {
  const { webhook, credentials } = await openConnection(deps, address, context);
  const answer = await webhook.challenge?.(credentials, query);
  if (answer === undefined || answer === null) {
    const message =
      "The verify token is not this connection's: put the same one into the connection and into the provider's console.";
    throw new AppError('invalid_signature', { message });
  }
  return answer;
};
