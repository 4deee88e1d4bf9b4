import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { StoreContext } from './context.ts';

export const describeClaiming = (context: StoreContext) => {
  const queue = async (changes: Parameters<StoreContext['request']>[0] = {}) => {
    const asked = context.request(changes);
    await context.store.queueSend({ ...asked, queueHours: 24 });
    return asked.messageId;
  };

  describe('claim_sends', () => {
    it('gives a message back as it was when the worker never learned that it has it', async () => {
      const id = await queue();
      const leaseId = randomUUID();
      await context.claim(id, { leaseId });
      expect(await context.rowOf(id)).toMatchObject({ status: 'sending', tries: 1 });
      await context.store.releaseClaims(leaseId);
      expect(await context.rowOf(id)).toMatchObject({ status: 'queued', tries: 0 });
      expect((await context.claim(id)).begun).toMatchObject([{ messageId: id, tries: 1 }]);
    });

    it('fails a message that has had its tries instead of giving it out again', async () => {
      const id = await queue();
      await context.database().query(`update public.messages set tries = 3 where id = '${id}'`);
      expect(await context.claim(id, { maxTries: 3 })).toMatchObject({ begun: [], failed: 1 });
      expect(await context.rowOf(id)).toMatchObject({
        status: 'failed',
        error: { code: 'delivery_failed', retry: 'safe' },
      });
    });

    it('gives out the last of its tries', async () => {
      const id = await queue();
      await context.database().query(`update public.messages set tries = 2 where id = '${id}'`);
      expect((await context.claim(id, { maxTries: 3 })).begun).toMatchObject([{ tries: 3 }]);
    });
  });
};
