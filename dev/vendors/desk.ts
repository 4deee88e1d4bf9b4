import type { Fault, FaultQueue, VendorHost } from './faults.ts';
import type { Journal, SentMessage } from './journal.ts';

export type SignedRequest = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** What the doubles share: where messages are kept, faults come from and receipts go out. */
export type Desk = {
  readonly journal: Journal;
  take(message: Omit<SentMessage, 'receivedAt'>): void;
  nextFault(host: VendorHost): Fault | null;
  postLater(afterMs: number, request: SignedRequest): void;
  /** Drops the receipts that are still to come. */
  cancelReceipts(): void;
};

const post = async ({ url, headers, body }: SignedRequest): Promise<number | null> => {
  try {
    const answer = await fetch(url, { method: 'POST', headers, body });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return null;
  }
};

export const createDesk = (journal: Journal, faults: FaultQueue): Desk => {
  const timers = new Set<NodeJS.Timeout>();
  return {
    journal,
    take: (message) => {
      journal.sent.push({ ...message, receivedAt: new Date().toISOString() });
    },
    nextFault: faults.take,
    postLater: (afterMs, request) => {
      const timer = setTimeout(async () => {
        timers.delete(timer);
        journal.receipts.push({ url: request.url, status: await post(request) });
      }, afterMs);
      timers.add(timer);
    },
    cancelReceipts: () => {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
};
