import type { RefusalReason } from '../ports/channel.ts';
import type { Receipt } from '../ports/webhook.ts';
import type { VendorError } from './call-vendor.ts';

type Failed = Pick<Receipt, 'failure' | 'consequence'>;

const consequences: Readonly<Partial<Record<RefusalReason, Receipt['consequence']>>> = {
  opted_out: 'opted_out',
  invalid_recipient: 'invalid',
};

/**
 * Why a message that the vendor had accepted did not arrive, and whether the address is at fault. Null: the vendor
 * gives no reason.
 */
export const failed = (error: VendorError | null): Failed => {
  const { verdict = null, code = null, message = null } = error ?? {};
  const word = typeof verdict === 'object' ? verdict?.reason : verdict;
  const reason = !word || word === 'unknown' || word === 'unclear' ? 'other' : word;
  return { failure: { reason, code, message }, consequence: consequences[reason] ?? null };
};

/** Nothing failed. */
export const fine: Failed = { failure: null, consequence: null };
