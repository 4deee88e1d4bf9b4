import { randomUUID } from 'node:crypto';
import type { Database } from '../../dev/database.ts';
import { newMessageId } from '../../src/lib/message-id.ts';
import type {
  BeginResult,
  BeginSend,
  QueueResult,
  SendPolicy,
} from '../../src/ports/begin-send.ts';
import type { ClaimSends } from '../../src/ports/claim-sends.ts';
import type { SettleSend } from '../../src/ports/settlement.ts';
import type { ReplySettings, Store } from '../../src/ports/store.ts';
import type { FetchedText } from '../../src/ports/webhook.ts';
import { createSupabaseStore } from '../../src/store/supabase.ts';
import { createTenant, type Tenant } from './tenant.ts';

export const hour = 3_600_000;
export const ago = (ms: number) => new Date(Date.now() - ms).toISOString();

export const expectBegun = (result: BeginResult): Extract<BeginResult, { outcome: 'begun' }> => {
  if (result.outcome !== 'begun') throw new Error(`expected begun, got ${JSON.stringify(result)}`);
  return result;
};

export const refusalOf = (result: BeginResult | QueueResult): string =>
  result.outcome === 'refused' ? result.code : result.outcome;

const required = <Value>(value: Value | undefined): Value => {
  if (value === undefined) throw new Error('the suite has not started yet');
  return value;
};

export const twilio: SendPolicy = {
  providers: ['twilio'],
  repeatable: {},
  replyWindowHours: null,
};

/** How an agent replies by itself, on a channel with a window or without. */
export const replyWith = (policy: SendPolicy): ReplySettings => ({
  prompt: 'Answer what the contact wrote last.',
  policy,
});

/** What the store's tests share: a store, a tenant of its own for each test, and requests to change. */
export const createStoreContext = (database: () => Database) => {
  let store: Store | undefined;
  let tenant: Tenant | undefined;

  const request = (changes: Partial<BeginSend> = {}): BeginSend => ({
    keyHash: required(tenant).key.hash,
    messageId: newMessageId(),
    leaseId: randomUUID(),
    leaseSeconds: 90,
    conversationRef: required(tenant).externalId,
    channel: 'sms',
    policy: twilio,
    work: { content: 'Hello' },
    parts: {},
    subject: null,
    repliedMessageId: null,
    idempotencyKey: null,
    requestHash: 'hash-1',
    taskHash: null,
    historyLimit: 20,
    ...changes,
  });

  const attempt = (result: SettleSend['result']): SettleSend['attempts'][number] => ({
    number: 1,
    senderId: required(tenant).senderId,
    provider: 'twilio',
    outcome: result.status === 'sent' ? 'accepted' : 'refused',
    reason: result.status === 'sent' ? null : 'other',
    code: null,
    message: null,
    startedAt: Date.now() - 5,
    finishedAt: Date.now(),
  });

  return {
    database,
    get store() {
      return required(store);
    },
    get tenant() {
      return required(tenant);
    },
    async start() {
      const { url, secretKey } = database();
      store = createSupabaseStore({ url, secretKey }, fetch);
      tenant = await createTenant(database());
    },
    request,
    /** Leases this message, if it is queued and due. */
    claim: (messageId: string, changes: Partial<ClaimSends> = {}) =>
      required(store).claimSends({
        leaseId: randomUUID(),
        leaseSeconds: 90,
        most: 1,
        maxTries: 8,
        historyLimit: 20,
        messageId,
        ...changes,
      }),
    completeText: (messageId: string, fetched: FetchedText) =>
      required(store).completeText(messageId, fetched, replyWith(twilio)),
    aiRequest: (changes: Partial<BeginSend> = {}) =>
      request({ work: { prompt: 'Remind her', agentId: required(tenant).agentId }, ...changes }),
    settlement: (
      begun: BeginSend,
      result: SettleSend['result'],
      changes: Partial<SettleSend> = {},
    ): SettleSend => ({
      messageId: begun.messageId,
      leaseId: begun.leaseId,
      at: Date.now(),
      attempts: [attempt(result)],
      usage: null,
      result,
      ...changes,
    }),
    sent: () =>
      ({
        status: 'sent',
        senderId: required(tenant).senderId,
        provider: 'twilio',
        providerMessageId: `SM${randomUUID()}`,
      }) as const,
    failed: (retry: 'safe' | 'never') =>
      ({
        status: 'failed',
        senderId: required(tenant).senderId,
        provider: 'twilio',
        error: { code: 'delivery_failed', retry, message: 'No.' },
      }) as const,
    found: async (id: string) => {
      const found = await required(store).getMessage(required(tenant).key.hash, id);
      if (found.outcome !== 'found') throw new Error(`expected it to be found: ${found.code}`);
      return found;
    },
    rowOf: async (id: string) => {
      const rows = await database().query(`select * from public.messages where id = '${id}'`);
      return rows[0];
    },
    expireLease: (id: string) =>
      database().query(
        `update public.messages set lease_expires_at = now() - interval '1 s' where id = '${id}'`,
      ),
    countMessages: async () => {
      const rows = await database().query(
        `select count(*)::int as n from public.messages where sub_account_id = '${required(tenant).id}'`,
      );
      return rows[0]?.n;
    },
    setAddress: (channel: string, assignment: string) =>
      database().query(
        `update public.contact_addresses set ${assignment}
         where sub_account_id = '${required(tenant).id}' and channel = '${channel}'`,
      ),
  };
};

export type StoreContext = ReturnType<typeof createStoreContext>;
