import { type Asked, readAsked } from './asked.ts';
import { type AutoReceipts, createReceiptPlan, type ReceiptPlan } from './auto-receipts.ts';
import type { Journal, SentMessage } from './journal.ts';
import { createOutbox, type Outbox, type Outgoing } from './outbox.ts';
import { type Receipt, receiptSchema, type ToReceipt } from './receipt-schema.ts';
import { hasWord, wordsFor } from './receipt-words.ts';
import { type Posted, toPosted, type WebhookUrls } from './webhook.ts';

export type Receipts = {
  /** A double took the message: its usual receipts follow, if they are on. */
  follow(message: SentMessage, toReceipt: ToReceipt): void;
  /** One receipt of a message that was taken. */
  later(providerMessageId: string, receipt: Receipt, afterMs: number): void;
  /** A receipt that somebody asked for. */
  now(body: unknown): Promise<Asked<Posted>>;
  /** Null: none follow by themselves. */
  auto(settings: AutoReceipts | null): void;
  /** Drops the receipts to come, and the messages that they could be for. */
  clear(): void;
};

type Taken = {
  readonly message: SentMessage;
  /** Signed now; null if there is no address to post to. */
  readonly tell: (receipt: Receipt) => Outgoing | null;
};

const untaken = (providerMessageId: string): string =>
  `No double took ${providerMessageId}: take a providerMessageId from GET /_control/sent.`;

const noWord = (message: SentMessage, status: string): string =>
  `${message.vendor} does not say "${status}" on ${message.channel}: use one of ${wordsFor(message).join(', ')}.`;

const nowhere = ({ vendor, providerMessageId }: SentMessage): string =>
  vendor === 'twilio'
    ? `${providerMessageId} has no StatusCallback, so Twilio sends no receipt for it: send it with one.`
    : `The webhook of ${vendor} is not known: give its address as webhookUrl, or with callBack.`;

/** One call for each word; the same word is the same call, however often it comes. */
const inTurn = ({ tell }: Taken, words: readonly string[]): readonly (() => Outgoing | null)[] => {
  const told = new Map<string, Outgoing | null>();
  return words.map((status) => () => {
    const outgoing = told.get(status) ?? tell({ status });
    told.set(status, outgoing);
    return outgoing;
  });
};

const tellNow = async (
  body: unknown,
  taken: ReadonlyMap<string, Taken>,
  outbox: Outbox,
): Promise<Asked<Posted>> => {
  const asked = readAsked(receiptSchema, body);
  if (!asked.ok) return asked;
  const { providerMessageId, times, ...receipt } = asked.value;
  const entry = taken.get(providerMessageId);
  if (!entry) return { ok: false, problem: untaken(providerMessageId) };
  const { message, tell } = entry;
  if (!hasWord(message, receipt.status)) {
    return { ok: false, problem: noWord(message, receipt.status) };
  }
  const outgoing = tell(receipt);
  if (!outgoing) return { ok: false, problem: nowhere(message) };
  const statuses = await outbox.post(outgoing, times);
  return { ok: true, value: toPosted(providerMessageId, statuses) };
};

/** All receipts for the messages that the doubles took. */
export const createReceipts = (journal: Journal, webhooks: () => WebhookUrls): Receipts => {
  const taken = new Map<string, Taken>();
  const outbox = createOutbox(journal);
  let following: { readonly plan: ReceiptPlan; readonly afterMs: number } | null = null;

  const follow: Receipts['follow'] = (message, toReceipt) => {
    const tell = (receipt: Receipt): Outgoing | null => {
      const call = toReceipt(receipt, webhooks());
      return call && { message, event: receipt.status, call };
    };
    const entry = { message, tell };
    taken.set(message.providerMessageId, entry);
    if (following) {
      void outbox.postInTurn(following.afterMs, inTurn(entry, following.plan(message)));
    }
  };

  return {
    follow,
    now: (body) => tellNow(body, taken, outbox),
    later: (providerMessageId, receipt, afterMs) => {
      void outbox.postInTurn(afterMs, [() => taken.get(providerMessageId)?.tell(receipt) ?? null]);
    },
    auto: (settings) => {
      following = settings && { plan: createReceiptPlan(settings), afterMs: settings.afterMs };
    },
    clear: () => {
      outbox.cancel();
      taken.clear();
    },
  };
};
