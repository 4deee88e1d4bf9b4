import * as z from 'zod';
import type { Channel, ProviderIo, TextLimit, VendorWord } from './channel.ts';

/** One message of the conversation, oldest first. */
export type HistoryEntry = {
  readonly from: 'contact' | 'business';
  /** The text, and in brackets everything beside it. */
  readonly text: string;
  /** When it was written: milliseconds since 1970. */
  readonly at: number;
};

export type ComposeRequest = {
  readonly model: string;
  /** The agent's own instructions, written by the operator. */
  readonly instructions: string;
  /** The operator's instruction in this request. */
  readonly prompt: string;
  readonly history: readonly HistoryEntry[];
  readonly contactName: string | null;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The sub-account's IANA time zone, such as `Europe/Berlin`. */
  readonly timeZone: string;
  readonly channel: Channel;
  readonly limit: TextLimit;
  /** A draft of the same message that was too long: the model is asked to shorten it. */
  readonly draftTooLong: string | null;
  /** The usual number of tokens was used up before the text was there, so the model may write more. */
  readonly moreRoom: boolean;
};

export const tokenUsage = z.object({ inputTokens: z.number(), outputTokens: z.number() });
export type TokenUsage = Readonly<z.infer<typeof tokenUsage>>;

export type Composed = {
  readonly type: 'composed';
  readonly text: string;
  readonly usage: TokenUsage;
};

/** Every model vendor's failures are mapped to one of these. */
export type CompositionFailure =
  | 'unreachable'
  | 'too_slow'
  | 'overloaded'
  | 'quota_exceeded'
  | 'declined'
  | 'empty'
  | 'thought_too_long'
  | 'unfinished'
  | 'control_markup'
  | 'misconfigured'
  | 'unreadable';

export type NotComposed = VendorWord & {
  readonly type: 'not_composed';
  readonly reason: CompositionFailure;
  readonly retryAfterMs: number | null;
  /** Tokens that were used anyway. */
  readonly usage: TokenUsage | null;
};

export type ComposeOutcome = Composed | NotComposed;

export type AiProvider = {
  /** The name of this wire format in the registry and in `connections.provider`. */
  readonly name: string;
  /** The shape of a connection's opened credentials. */
  readonly credentials: z.ZodType;
  /** Makes one call to the model. Never throws for anything a vendor does. */
  readonly compose: (
    credentials: unknown,
    request: ComposeRequest,
    io: ProviderIo,
  ) => Promise<ComposeOutcome>;
};
