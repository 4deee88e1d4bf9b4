import { newMessageId } from '../../src/lib/message-id.ts';
import { manual, policy } from './message-life.ts';
import type { PlainTarget } from './pick-targets.ts';

export type PlainStatement = { readonly text: string; readonly values: readonly string[] };

const insertMessage = `
  insert into public.messages (
    id, sub_account_id, conversation_id, channel, sender_type, status, content, request_hash, address_id,
    api_key_id, policy, lease_id, lease_expires_at, tries
  ) values ($1, $2, $3, 'sms', 'user', 'sending', $4, $5, $6, $7, $8::text::jsonb, $9, now() + interval '90 s', 1)`;

const storeOutcome = `
  with sent as (
    update public.messages
    set status = 'sent', sent_at = now(), sender_id = $2, provider = 'twilio', provider_message_id = $3,
      attempts = 1, lease_expires_at = null
    where id = $1 and lease_id = $4
    returning id, sub_account_id
  )
  insert into public.message_attempts (
    message_id, number, sub_account_id, sender_id, provider, outcome, started_at, finished_at
  )
  select id, 1, sub_account_id, $2, 'twilio', 'accepted', now(), now() from sent`;

/** Write the rows that begin_send and settle_send write for a message, each in a statement that decides nothing. */
export const listPlainStatements = (target: PlainTarget): readonly PlainStatement[] => {
  const [messageId, leaseId] = [newMessageId(), crypto.randomUUID()];
  const { subAccountId, conversationId, addressId, apiKeyId, caller } = target;
  const ids = [messageId, subAccountId, conversationId];
  const request = [manual.content, crypto.randomUUID(), addressId, apiKeyId];
  const provided = `SM${crypto.randomUUID().replaceAll('-', '')}`;
  return [
    { text: insertMessage, values: [...ids, ...request, JSON.stringify(policy), leaseId] },
    { text: storeOutcome, values: [messageId, caller.senderId, provided, leaseId] },
  ];
};
