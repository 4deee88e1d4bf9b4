import { toWireId } from '../../src/lib/message-id.ts';
import type { SentMessage } from '../vendors/journal.ts';

type Row = {
  readonly id: string;
  readonly channel: string;
  readonly sender_type: string;
  readonly status: string;
  readonly content: string | null;
  readonly provider_message_id: string | null;
};

/** For any other status, the API knows whether a vendor got it. */
const isUncertain = ({ status, sender_type, provider_message_id }: Row): boolean =>
  sender_type !== 'contact' &&
  provider_message_id === null &&
  ['sending', 'unknown'].includes(status);

const isNamedBy =
  (row: Row) =>
  ({ ourMessageId, providerMessageId }: SentMessage): boolean =>
    ourMessageId === toWireId(row.id) || providerMessageId === row.provider_message_id;

/** The rows that a message without an id may belong to, by text. Each message counts for one row, the first possible one. */
const claimByText = (rows: readonly Row[], nameless: readonly SentMessage[]) => {
  const left = [...nameless];
  const claim = (row: Row): boolean => {
    const index = left.findIndex(
      ({ channel, text }) => channel === row.channel && text === row.content,
    );
    if (index !== -1) left.splice(index, 1);
    return index !== -1;
  };
  return new Set(rows.filter(claim));
};

/**
 * How often the vendor got each message; rows are newest first. If the vendor carries no id of ours, and its own id was
 * lost with the response, the message is recognised by its text.
 */
export const createArrivalCount = (rows: readonly Row[], sent: readonly SentMessage[]) => {
  const known = new Set(rows.flatMap((row) => [row.provider_message_id, toWireId(row.id)]));
  const nameless = sent.filter(
    ({ providerMessageId, ourMessageId }) =>
      !known.has(providerMessageId) && (ourMessageId === null || !known.has(ourMessageId)),
  );
  const candidates = rows.filter((row) => isUncertain(row) && !sent.some(isNamedBy(row)));
  const claimed = claimByText(candidates.toReversed(), nameless);

  return (row: Row): number => {
    if (row.sender_type === 'contact') return 0;
    const named = sent.filter(isNamedBy(row)).length;
    return named === 0 && claimed.has(row) ? 1 : named;
  };
};
