import { describe, expect, it } from 'vitest';
import { createApiKey } from '../../src/lib/api-key.ts';
import { ago, expectBegun, hour, refusalOf, type StoreContext, twilio } from './context.ts';
import { createTenant } from './tenant.ts';

export const describeRefusals = (context: StoreContext) => {
  describe('what begin_send refuses', () => {
    it('refuses a key that is unknown, expired or revoked, with one answer', async () => {
      const unknown = await createApiKey();
      expect(
        refusalOf(await context.store.beginSend(context.request({ keyHash: unknown.hash }))),
      ).toBe('invalid_api_key');
      for (const column of ['expires_at', 'revoked_at']) {
        const key = await createApiKey();
        await context.tenant.insert('api_keys', {
          name: column,
          key_hash: key.hash,
          display_prefix: key.displayPrefix,
          [column]: ago(1000),
        });
        expect(
          refusalOf(await context.store.beginSend(context.request({ keyHash: key.hash }))),
        ).toBe('invalid_api_key');
      }
    });

    it("cannot use or see another sub-account's conversation, agent or message", async () => {
      const other = await createTenant(context.database());
      const asked = context.request({ idempotencyKey: 'shared' });
      await context.store.beginSend(asked);
      const theirs = { keyHash: other.key.hash };
      expect(
        refusalOf(
          await context.store.beginSend(
            context.request({ ...theirs, conversationRef: context.tenant.conversationId }),
          ),
        ),
      ).toBe('conversation_not_found');
      expect(
        refusalOf(
          await context.store.beginSend(
            context.aiRequest({ ...theirs, conversationRef: other.externalId }),
          ),
        ),
      ).toBe('agent_not_found');
      expect(await context.store.getMessage(other.key.hash, asked.messageId)).toMatchObject({
        message: null,
        attempts: [],
      });
      const sameKey = context.request({
        ...theirs,
        conversationRef: other.externalId,
        idempotencyKey: 'shared',
      });
      expect(expectBegun(await context.store.beginSend(sameKey)).messageId).toBe(sameKey.messageId);
    });

    it('refuses an inactive agent', async () => {
      await context
        .database()
        .query(`update public.agents set active = false where id = '${context.tenant.agentId}'`);
      expect(refusalOf(await context.store.beginSend(context.aiRequest()))).toBe('agent_not_found');
    });

    it('refuses a channel without an active sender, and tells which providers are connected', async () => {
      const facebook = await context.store.beginSend(context.request({ channel: 'facebook' }));
      expect(facebook).toMatchObject({ code: 'channel_not_connected', connectedProviders: [] });
      const other = await context.store.beginSend(
        context.request({ policy: { ...twilio, providers: ['meta'] } }),
      );
      expect(other).toMatchObject({
        code: 'channel_not_connected',
        connectedProviders: ['twilio'],
      });
      await context
        .database()
        .query(`update public.senders set active = false where id = '${context.tenant.senderId}'`);
      expect(refusalOf(await context.store.beginSend(context.request()))).toBe(
        'channel_not_connected',
      );
    });

    it('refuses a contact without an address, one who opted out, and one outside the window', async () => {
      await context.setAddress('sms', 'opted_out_at = now()');
      expect(refusalOf(await context.store.beginSend(context.request()))).toBe(
        'recipient_opted_out',
      );
      await context
        .database()
        .query(
          `delete from public.contact_addresses where sub_account_id = '${context.tenant.id}' and channel = 'sms'`,
        );
      expect(refusalOf(await context.store.beginSend(context.request()))).toBe(
        'recipient_unreachable',
      );

      const whatsapp = {
        channel: 'whatsapp',
        policy: { ...twilio, replyWindowHours: 24 },
      } as const;
      expectBegun(await context.store.beginSend(context.request(whatsapp)));
      await context.setAddress('whatsapp', `last_inbound_at = '${ago(25 * hour)}'`);
      expect(refusalOf(await context.store.beginSend(context.request(whatsapp)))).toBe(
        'messaging_window_closed',
      );
      await context.setAddress('whatsapp', `last_inbound_at = '${ago(23 * hour)}'`);
      expectBegun(await context.store.beginSend(context.request(whatsapp)));
      expect(await context.countMessages()).toBe(2);
    });

    it('refuses without a token in the bucket, and takes one for each request', async () => {
      await context
        .database()
        .query(
          `update public.api_keys set rate_limit = 2 where key_hash = '${context.tenant.key.hash}'`,
        );
      expect(expectBegun(await context.store.beginSend(context.request())).rate).toEqual({
        limit: 2,
        tokens: 1,
      });
      await context.store.beginSend(context.request());
      const refused = await context.store.beginSend(context.request());
      expect(refused).toMatchObject({ code: 'rate_limited', rate: { limit: 2 } });
      expect(await context.countMessages()).toBe(2);
      await context.database().query(
        `update crm_api.rate_parts r set full_at = full_at - 31
           from public.api_keys k where k.id = r.api_key_id and k.key_hash = '${context.tenant.key.hash}'`,
      );
      expectBegun(await context.store.beginSend(context.request()));
    });
  });
};
