import type { RefusalReason } from '../ports/channel.ts';
import type { Receipt } from '../ports/webhook.ts';
import type { Verdict } from './verdict.ts';

type Failed = Pick<Receipt, 'failure' | 'consequence'>;

const consequences: Readonly<Partial<Record<RefusalReason, Receipt['consequence']>>> = {
  opted_out: 'opted_out',
  invalid_recipient: 'invalid',
};

/** Why a message that the vendor had taken did not arrive, and what that says of the recipient. */
export const failed = (
  verdict: Verdict | null,
  code: string | null,
  message: string | null,
): Failed => {
  const word = typeof verdict === 'object' ? verdict?.reason : verdict;
  const reason = !word || word === 'unknown' || word === 'unclear' ? 'other' : word;
  return { failure: { reason, code, message }, consequence: consequences[reason] ?? null };
};

/** Nothing failed. */
export const fine: Failed = { failure: null, consequence: null };
