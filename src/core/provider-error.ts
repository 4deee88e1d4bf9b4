import { redact } from '../lib/redact.ts';
import type { RefusalReason, Refused, Unknown } from '../ports/channel.ts';
import type { Attempt, StoredError } from '../ports/message.ts';
import type { Receipt } from '../ports/webhook.ts';

const happened = {
  invalid_recipient:
    "The provider says that the contact's address is not valid: correct the address.",
  opted_out:
    'The provider says that the contact has opted out: do not send here until they opt in again.',
  window_closed:
    'The provider says that the contact last wrote more than 24 hours ago: wait until they write again.',
  content_rejected:
    'The provider does not take this content: change it and send it as a new message.',
  misconfigured:
    'This connection or sender cannot be used as it is: correct it, then send the message as a new one.',
  rate_limited:
    'The provider takes no more messages for now: send it again later with the same key.',
  quota_exceeded:
    "The account's quota or credit at the provider is used up: raise it, then send it again with the same key.",
  provider_unavailable: 'The provider is not available: send it again later with the same key.',
  other:
    'The provider refused the message: see `provider`, correct the cause and send it as a new message.',
} as const satisfies Record<RefusalReason, string>;

/** The caller's error for a call that was not accepted. */
export const describeProviderError = (
  outcome: Refused | Unknown,
  attempt: Attempt,
): StoredError => {
  const provider = { name: attempt.provider, code: attempt.code, message: attempt.message };
  if (outcome.type === 'unknown') {
    return {
      code: 'delivery_unknown',
      retry: 'check',
      provider: { ...provider, reason: 'unknown' },
    };
  }
  return {
    code: 'delivery_failed',
    retry: outcome.laterMayHelp ? 'safe' : 'never',
    message: happened[outcome.reason],
    provider: { ...provider, reason: outcome.reason },
  };
};

/** The error of a message that the provider accepted and later reported as not delivered. */
export const describeFailedReceipt = (
  name: string,
  { reason, code, message }: NonNullable<Receipt['failure']>,
): StoredError => ({
  code: 'delivery_failed',
  retry: 'never',
  message:
    'The provider took the message and could not deliver it: see `provider`, correct the cause and send it as a new message.',
  provider: { name, code, message: message === null ? null : redact(message), reason },
});
