import { createClient } from '@supabase/supabase-js';
import type { Fetch } from '../../src/ports/io.ts';
import type { Database } from '../../src/store/database.types.ts';
import type { CallSettings } from './three-calls/three-calls.ts';

const toHash = async (text: string): Promise<string> =>
  Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))).toString(
    'hex',
  );

const found = <Row>({ data, error }: { data: Row; error: { message: string } | null }) => {
  if (error || !data) throw new Error(error?.message ?? 'not found');
  return data;
};

/**
 * The usual handler, after public examples: one supabase-js query after the other, then the vendor, then an update. It
 * validates nothing, keeps the vendor's credentials in its environment, and sends twice when it is called twice.
 */
export const createExampleHandler = ({ database, vendor }: CallSettings, fetch: Fetch) => {
  const supabase = createClient<Database>(database.url, database.secretKey, {
    auth: { persistSession: false },
    global: { fetch: (input, init) => fetch(String(input), init) },
  });
  const { origin, accountSid, authToken } = vendor;

  const findRecipient = async (apiKey: string, conversationRef: string, channel: string) => {
    const keys = supabase.from('api_keys').select('sub_account_id');
    const { sub_account_id } = found(await keys.eq('key_hash', await toHash(apiKey)).single());
    const conversation = found(
      await supabase
        .from('conversations')
        .select('id, contact_id')
        .eq('sub_account_id', sub_account_id)
        .eq('external_id', conversationRef)
        .single(),
    );
    const contact = found(
      await supabase
        .from('contact_addresses')
        .select('id, address')
        .eq('contact_id', conversation.contact_id)
        .eq('channel', channel)
        .limit(1)
        .single(),
    );
    const sender = found(
      await supabase
        .from('senders')
        .select('id, address')
        .eq('sub_account_id', sub_account_id)
        .eq('channel', channel)
        .eq('active', true)
        .order('priority')
        .limit(1)
        .single(),
    );
    return { sub_account_id, conversation, contact, sender };
  };

  const askVendor = async (to: string, from: string, text: string): Promise<string> => {
    const response = await fetch(`${origin}/2010-04-01/Accounts/${accountSid}/Messages.json`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${btoa(`${accountSid}:${authToken}`)}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({ To: to, From: from, Body: text }).toString(),
    });
    const { sid } = await response.json();
    return sid;
  };

  return async (request: Request): Promise<Response> => {
    const { content, channel, conversation_id } = await request.json();
    const apiKey = request.headers.get('x-api-key') ?? '';
    const target = await findRecipient(apiKey, conversation_id, channel);
    const message = {
      id: crypto.randomUUID(),
      sub_account_id: target.sub_account_id,
      conversation_id: target.conversation.id,
      channel,
      sender_type: 'user',
      status: 'sending',
      content,
    };
    const stored = found(await supabase.from('messages').insert(message).select('id').single());
    const sid = await askVendor(target.contact.address, target.sender.address, content);
    const sentAt = new Date().toISOString();
    const { error } = await supabase
      .from('messages')
      .update({ status: 'sent', provider_message_id: sid, sent_at: sentAt })
      .eq('id', stored.id);
    if (error) throw new Error(error.message);
    return Response.json({
      message_id: stored.id,
      content,
      sender_type: 'user',
      channel,
      ai: false,
      delivered: true,
      timestamp: sentAt,
    });
  };
};
