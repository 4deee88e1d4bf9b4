import { z } from 'zod';
import type { SignedRequest, WebhookUrls } from './webhook.ts';

/** How often exactly the same call is posted. */
export const times = z.int().min(1).max(20).default(1);

export const receiptFields = {
  /** The vendor's own word, such as `delivered`, `failed` or `email.bounced`. */
  status: z.string().min(1),
  /** For a failure: the vendor's code, or Resend's word for the kind of bounce or the reason. */
  errorCode: z.union([z.int(), z.string().min(1)]).optional(),
  errorMessage: z.string().min(1).optional(),
  /** Messenger: all messages up to then, in milliseconds since 1970; now by default. */
  watermark: z.int().nonnegative().optional(),
  /** Messenger: a delivery that names no message, which Meta may send. */
  withoutMids: z.boolean().optional(),
  /** Meta and Resend: replaces the account's webhook. Twilio calls the message's StatusCallback. */
  webhookUrl: z.url().optional(),
};

const receipt = z.strictObject(receiptFields);
export type Receipt = z.output<typeof receipt>;

/** A receipt for a message that a double took. */
export const receiptSchema = z.strictObject({
  providerMessageId: z.string().min(1),
  ...receiptFields,
  times,
});
export type ReceiptInput = z.input<typeof receiptSchema>;

/** Null if there is no address to post to. */
export type ToReceipt = (receipt: Receipt, webhooks: WebhookUrls) => SignedRequest | null;
