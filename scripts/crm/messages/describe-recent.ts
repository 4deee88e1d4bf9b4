import { cleanText } from '../../../src/lib/clean-text.ts';
import { toWireId } from '../../../src/lib/message-id.ts';
import type { Recent } from './recent.ts';
import { parseStoredError } from './stored-error.ts';

/** When it got its present status; undefined if nobody recorded that. */
const timeOf = (message: Recent): string | null | undefined => {
  const times: Readonly<Record<string, string | null>> = {
    received: message.created_at,
    sent: message.sent_at,
    delivered: message.delivered_at,
    read: message.read_at,
    failed: message.failed_at,
  };
  return times[message.status];
};

/** A message in one line, but never an address. */
export const describeRecent = (message: Recent, seenAt: number | null) => ({
  time: new Date(timeOf(message) ?? seenAt ?? message.created_at).toISOString(),
  direction: message.sender_type === 'contact' ? 'in' : 'out',
  channel: message.channel,
  status: message.status,
  who: message.sender_type,
  message_id: toWireId(message.id),
  error: parseStoredError(message.error)?.code ?? null,
});

/** One line, whatever the text: terminal controls and line breaks are removed. */
export const toLine = (
  message: ReturnType<typeof describeRecent>,
  text: string | null | undefined,
): string => {
  const cells = [
    message.time,
    message.direction.padEnd(3),
    message.channel.padEnd(9),
    message.status.padEnd(10),
    message.who.padEnd(7),
    message.message_id,
    message.error ?? '',
    cleanText(text ?? '').replaceAll(/\s+/g, ' '),
  ];
  return cells.filter((cell) => cell !== '').join('  ');
};
