import type { Fault, FaultQueue, VendorHost } from './faults.ts';
import type { Journal, SentMessage } from './journal.ts';
import type { ToReceipt } from './receipt-schema.ts';
import { createReceipts, type Receipts } from './receipts.ts';
import type { Account, WebhookUrls } from './webhook.ts';

/** What the doubles share: where messages are kept, faults come from, and webhooks are. */
export type Desk = {
  readonly journal: Journal;
  readonly receipts: Receipts;
  take(message: Omit<SentMessage, 'receivedAt'>, toReceipt: ToReceipt): void;
  nextFault(host: VendorHost): Fault | null;
  callBack(urls: WebhookUrls): void;
  webhookUrl(account: Account): string | undefined;
};

export const createDesk = (journal: Journal, faults: FaultQueue): Desk => {
  let webhooks: WebhookUrls = {};
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
  };
};
