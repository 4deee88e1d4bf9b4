/** The part of GET /messages/{id} that the trace shows. */
export type Report = {
  readonly message_id: string;
  readonly channel: string;
  readonly status: string;
  readonly sender_type: string;
  readonly content: string | null;
  readonly created_at: string;
  readonly next_try_at: string | null;
  readonly sent_at: string | null;
  readonly delivered_at: string | null;
  readonly read_at: string | null;
  readonly failed_at: string | null;
  readonly error: {
    readonly code: string;
    readonly retry: string;
    readonly message?: string;
    readonly provider?: { readonly name: string; readonly message: string | null };
  } | null;
  readonly usage: { readonly input_tokens: number; readonly output_tokens: number } | null;
  readonly attempts: readonly {
    readonly number: number;
    readonly provider: string;
    readonly outcome: string;
    readonly reason: string | null;
    readonly code: string | null;
    readonly message: string | null;
    readonly started_at: string;
    readonly finished_at: string;
  }[];
};
