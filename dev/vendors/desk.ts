import type { Fault, FaultQueue, VendorHost } from './faults.ts';
import type { Journal, SentMessage } from './journal.ts';
import type { ToReceipt } from './receipt-schema.ts';
import { createReceipts, type Receipts } from './receipts.ts';
import type { Account, Configured, WebhookUrls } from './webhook.ts';

/** The parts that the doubles share: messages, faults, and the webhooks' addresses. */
export type Desk = {
  readonly journal: Journal;
  readonly receipts: Receipts;
  take(message: Omit<SentMessage, 'receivedAt'>, toReceipt: ToReceipt): void;
  nextFault(host: VendorHost, on?: Fault['on']): Fault | null;
  callBack(urls: WebhookUrls): void;
  webhookUrl(account: Account): string | undefined;
  configure(webhooks: Configured): void;
  /** The vendor's answer to the question where it calls: that address, unless another is configured. Null: nowhere. */
  configuredWebhook(account: Account): string | null;
};

export const createDesk = (journal: Journal, faults: FaultQueue): Desk => {
  let webhooks: WebhookUrls = {};
  let configured: Configured = {};
  const receipts = createReceipts(journal, () => webhooks);
  return {
    journal,
    receipts,
    take: (message, toReceipt) => {
      const sent = { ...message, receivedAt: new Date().toISOString() };
      journal.sent.push(sent);
      receipts.follow(sent, toReceipt);
    },
    nextFault: faults.take,
    callBack: (urls) => {
      webhooks = urls;
    },
    webhookUrl: (account) => webhooks[account],
    configure: (urls) => {
      configured = urls;
    },
    configuredWebhook: (account) => {
      const url = configured[account];
      return url === undefined ? (webhooks[account] ?? null) : url;
    },
  };
};
