import * as z from 'zod';
import type { WebhookEvent } from '../ports/webhook.ts';
import { toAddresses } from './meta-whatsapp-address.ts';
import { contentSchema, readContent } from './meta-whatsapp-content.ts';
import { type Place, seconds } from './meta-whatsapp-message.ts';
import { leftOut, momentOr, word } from './webhook-body.ts';

export const echoSchema = contentSchema.extend({
  id: z.string().min(1),
  to: word,
  to_user_id: word,
  recipient_type: word,
  group_id: z.unknown().optional(),
  timestamp: seconds,
});

/**
 * Somebody wrote from the WhatsApp Business app or a device linked to it. Meta does not echo messages sent over the
 * API; if it ever does, the database finds ours by its id.
 */
export const readEcho = (
  echo: z.infer<typeof echoSchema>,
  { accounts, findContact, receivedAt }: Place,
): WebhookEvent[] => {
  const isToGroup = echo.recipient_type === 'group' || (echo.group_id ?? null) !== null;
  if (isToGroup) return [leftOut('group')];
  if (echo.type === 'reaction') return [leftOut('reaction')];
  // An edit or a deletion in the app changes a message that is there already; nobody wrote a new one.
  if (echo.type === 'edit' || echo.type === 'revoke') return [leftOut('note')];
  const contact = findContact(echo.to, echo.to_user_id);
  const [to, otherAddress = null] = toAddresses(
    echo.to ?? contact?.wa_id ?? null,
    echo.to_user_id ?? contact?.user_id ?? null,
  );
  if (to === undefined) return [];
  const { text, attachments } = readContent(echo);
  return [
    {
      type: 'echo',
      channel: 'whatsapp',
      accounts,
      to,
      otherAddress,
      scopedToSender: false,
      watermarks: false,
      providerMessageId: echo.id,
      at: momentOr(echo.timestamp, receivedAt),
      text,
      attachments,
    },
  ];
};
