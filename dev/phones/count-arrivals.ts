import { toWireId } from '../../src/lib/message-id.ts';
import type { SentMessage } from '../vendors/journal.ts';

type Row = {
  readonly id: string;
  readonly channel: string;
  readonly sender_type: string;
  readonly content: string | null;
  readonly provider_message_id: string | null;
};

/**
 * How often the vendor took a message. Where the vendor carries no id of ours and its own was lost with the answer,
 * what it took is known by its text.
 */
export const createArrivalCount = (rows: readonly Row[], sent: readonly SentMessage[]) => {
  const known = new Set(rows.flatMap((row) => [row.provider_message_id, toWireId(row.id)]));
  const isKnown = ({ providerMessageId, ourMessageId }: SentMessage) =>
    known.has(providerMessageId) || (ourMessageId !== null && known.has(ourMessageId));
  const nameless = sent.filter((message) => !isKnown(message));

  return (row: Row): number => {
    if (row.sender_type === 'contact') return 0;
    const id = toWireId(row.id);
    const named = sent.filter(
      ({ ourMessageId, providerMessageId }) =>
        ourMessageId === id || providerMessageId === row.provider_message_id,
    );
    if (named.length > 0 || row.provider_message_id !== null) return named.length;
    return nameless.some(({ channel, text }) => channel === row.channel && text === row.content)
      ? 1
      : 0;
  };
};
