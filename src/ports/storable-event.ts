import type { InboundMessage, Preference } from './inbound.ts';
import type { StoredError } from './message.ts';
import type { ReplySettings } from './store.ts';
import type { Correction, Receipt, WebhookEvent } from './webhook.ts';

/** The words of an earlier message that a text quotes after a word such as `Liked`. The phone may have shortened them. */
export type Quotation = { readonly text: string; readonly whole: boolean };

/** An event in the words of the store. */
export type StorableEvent =
  | Exclude<WebhookEvent, InboundMessage | Correction | Receipt | { type: 'left_out' }>
  | (InboundMessage & { readonly quoted: Quotation | null; readonly reply: ReplySettings })
  | (Correction & { readonly preference: Preference | null })
  | (Omit<Receipt, 'failure'> & { readonly error: StoredError | null });
