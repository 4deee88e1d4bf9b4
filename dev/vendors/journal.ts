/** A message that a double took, and that the real vendor would deliver. */
export type SentMessage = {
  readonly vendor: 'twilio' | 'meta' | 'resend';
  readonly channel: 'sms' | 'email' | 'whatsapp' | 'facebook' | 'instagram';
  readonly to: string;
  readonly from: string;
  readonly text: string;
  readonly subject?: string;
  readonly html?: string;
  /** The vendor's id of the message that this one replies to. */
  readonly replyTo?: string;
  readonly providerMessageId: string;
  /** Our id, if the vendor carried one. */
  readonly ourMessageId: string | null;
  /** ISO 8601. */
  readonly receivedAt: string;
};

/** A request that arrived, whatever its outcome. */
export type ArrivedRequest = {
  readonly host: string;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** A receipt that was posted; `status` is the response's, null when none came. */
export type PostedReceipt = {
  readonly url: string;
  readonly status: number | null;
  readonly providerMessageId: string;
  /** The vendor's word for the event. */
  readonly event: string;
};

/** Everything that the doubles saw and did since the start or the last reset. */
export type Journal = {
  readonly sent: SentMessage[];
  readonly requests: ArrivedRequest[];
  readonly receipts: PostedReceipt[];
  clear(): void;
};

export const createJournal = (): Journal => {
  const sent: SentMessage[] = [];
  const requests: ArrivedRequest[] = [];
  const receipts: PostedReceipt[] = [];
  return {
    sent,
    requests,
    receipts,
    clear: () => {
      for (const list of [sent, requests, receipts]) list.length = 0;
    },
  };
};
