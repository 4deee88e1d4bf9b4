import { AppError } from '../../errors.ts';
import { isUuid } from '../../lib/is-uuid.ts';
import { ownValue } from '../../lib/own-value.ts';
import type { Deps } from '../../ports/deps.ts';
import type { ProviderWebhook } from '../../ports/webhook.ts';
import type { WorkContext } from '../context.ts';

/** Milliseconds for which a connection is remembered. */
const rememberedMs = 60_000;
/** More connections than vendors call one instance at in that time. */
const mostRemembered = 1_000;
/** Milliseconds. A read that took longer does not tell well how far the clocks are apart, so it is not remembered. */
const slowRead = 1_000;

/** A webhook's address: two words of its path. */
export type WebhookAddress = { readonly provider: string; readonly connectionId: string };

export type OpenedWebhook = WebhookAddress & {
  /** Of a remembered connection. Null: it was read just now. */
  readonly version: string | null;
  readonly webhook: ProviderWebhook;
  readonly credentials: unknown;
  /** How far the database's clock is ahead of this host's, in milliseconds. */
  readonly aheadMs: number;
};

export const noSuchWebhook = () =>
  new AppError('not_found', {
    message:
      'There is no such webhook: its address is {PUBLIC_URL}/webhooks/{provider}/{connection id}.',
  });

type Remembered = OpenedWebhook & { readonly readAt: number };

/** Finds the connection that a webhook's address names. Throws a 404 if there is none. */
export type Webhooks = {
  /** From memory if it was read in the last minute. Its version must then be checked by the call that stores something. */
  readonly open: (address: WebhookAddress, context: WorkContext) => Promise<OpenedWebhook>;
  /** From the database. */
  readonly read: (address: WebhookAddress, context: WorkContext) => Promise<OpenedWebhook>;
};

/**
 * Made once for each host, so that most calls of a vendor need no read. A connection that does not exist is read again at
 * each call: strangers choose those ids, and would fill the memory with them.
 */
export const createWebhooks = ({ channelProviders, io, store, vault }: Deps): Webhooks => {
  // Values, never promises: on Workers one request must not wait for another's.
  const known = new Map<string, Remembered>();

  const recall = ({ provider, connectionId }: WebhookAddress): OpenedWebhook | null => {
    const found = known.get(connectionId.toLowerCase());
    const isFresh = found && Math.abs(io.now() - found.readAt) < rememberedMs;
    return isFresh && found.provider === provider ? found : null;
  };

  const remember = (opened: Remembered): void => {
    const [oldest] = known.keys();
    if (oldest !== undefined && known.size >= mostRemembered) known.delete(oldest);
    known.set(opened.connectionId, opened);
  };

  const read: Webhooks['read'] = async ({ provider, connectionId: given }, { trace }) => {
    const webhook = ownValue(channelProviders, provider)?.webhook;
    if (!webhook || !isUuid(given)) throw noSuchWebhook();
    // In the database's spelling, with which the credentials were sealed.
    const connectionId = given.toLowerCase();
    known.delete(connectionId);
    const askedAt = io.now();
    const connection = await trace.time('db', () => store.getConnection(connectionId));
    if (connection?.provider !== provider) throw noSuchWebhook();
    const readAt = io.now();
    const credentials = await vault.open(connection.credentials, connectionId);
    const aheadMs = connection.now - readAt;
    const opened = { provider, connectionId, version: null, webhook, credentials, aheadMs };
    if (readAt < askedAt + slowRead) remember({ ...opened, version: connection.version, readAt });
    return opened;
  };

  return { open: async (address, context) => recall(address) ?? read(address, context), read };
};
