import { z } from 'zod';
import { ownValue } from '../../../src/lib/own-value.ts';
import { channels } from '../../../src/ports/channel.ts';
import type { DatabaseClient } from '../database.ts';
import { inTurn } from '../in-turn.ts';
import { readAllOf } from '../read-all.ts';
import { vendorProbes } from '../vendors/index.ts';
import type { ConfiguredWebhook } from '../vendors/probe.ts';
import type { Check } from './check.ts';
import type { OpenedConnection } from './connections.ts';
import type { Examination } from './examination.ts';
import { type Finding, ok, problem, skipped, warning } from './finding.ts';
import { inWords } from './in-words.ts';
import { createSentForLong } from './sent-for-long.ts';

/** How many vendors are asked at a time. */
const most = 8;

const sendersSchema = z.array(
  z.object({
    id: z.string(),
    sub_account_id: z.string(),
    connection_id: z.string(),
    channel: z.enum(channels),
    address: z.string(),
  }),
);
type Sender = z.output<typeof sendersSchema>[number];

/** The address that a sender's vendor has to call, and when it last called. */
type Place = {
  readonly connection: OpenedConnection;
  readonly sender: Sender;
  readonly subject: string;
  readonly url: string;
  readonly now: number;
};

const readSenders = async (
  database: DatabaseClient,
  accountIds: readonly string[] | null,
): Promise<readonly Sender[]> => {
  const rows = await readAllOf(accountIds, () =>
    database
      .from('senders')
      .select('id, sub_account_id, connection_id, channel, address')
      .eq('active', true),
  );
  return sendersSchema.parse(rows).toSorted((a, b) => a.channel.localeCompare(b.channel));
};

type SentForLong = ReturnType<typeof createSentForLong>;

const lastCall = ({ connection, now }: Place): string =>
  connection.last_webhook_at === null
    ? 'nothing has come yet'
    : `it last called ${inWords(now - Date.parse(connection.last_webhook_at))} ago`;

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : 'no address');

const judgeKnown = (place: Place, urls: readonly string[]): Finding => {
  const { connection, subject, url } = place;
  const enter = `Enter ${url} there, as docs/providers/${connection.provider}.md says.`;
  if (urls.includes(url)) return ok(`it calls here; ${lastCall(place)}`, { subject });
  if (urls.length === 0) return problem('the vendor calls nobody', enter, { subject });
  // The rest of the address may hold a secret.
  const hosts = [...new Set(urls.map(hostOf))].join(', ');
  return problem(`the vendor calls another address, at ${hosts}`, enter, { subject });
};

// Before anything was sent, no calls are expected.
const judgeUnknown = async (
  sentForLong: SentForLong,
  place: Place,
  look: string,
): Promise<Finding> => {
  const { subject } = place;
  const found = `the vendor does not tell where it calls; ${lastCall(place)}`;
  const isSilent = place.connection.last_webhook_at === null && (await sentForLong(place.sender));
  return isSilent
    ? warning(
        `${found}, although messages went out`,
        `${look} The address has to be ${place.url}, as docs/providers/${place.connection.provider}.md says.`,
        { subject },
      )
    : ok(found, { subject });
};

const readWebhook = async (
  { fetch, signal }: Examination,
  { connection, sender }: Place,
): Promise<ConfiguredWebhook | null> => {
  const probe = ownValue(vendorProbes, connection.provider);
  if (!probe?.readWebhook || !connection.opened) return null;
  const { credentials } = connection.opened;
  return probe.readWebhook(credentials, sender, { fetch, signal: signal() });
};

const lookAt = async (
  examination: Examination,
  sentForLong: SentForLong,
  place: Place,
): Promise<readonly Finding[]> => {
  const { connection, subject } = place;
  if (!connection.opened) return [skipped('credentials', { subject })];
  const webhook = await readWebhook(examination, place);
  if (!webhook) return [];
  return [
    webhook.known
      ? judgeKnown(place, webhook.urls)
      : await judgeUnknown(sentForLong, place, webhook.look),
  ];
};

/** The connection and the channel, and the sender's address if several senders share them. */
const toSubject = (
  { label }: OpenedConnection,
  { connection_id, channel, address }: Sender,
  senders: readonly Sender[],
): string => {
  const alike = senders.filter(
    (other) => other.connection_id === connection_id && other.channel === channel,
  );
  return `${label}, ${channel}${alike.length > 1 ? ` ${address}` : ''}`;
};

/** The address that each vendor calls, and when it last called. */
export const webhooks: Check = {
  name: 'webhooks',
  // If PUBLIC_URL leads elsewhere, there is nothing to compare with.
  needs: ['accounts', 'version'],
  run: async (examination) => {
    const { database, config, connections, accountIds, installation } = examination;
    const found = await installation();
    if (!database || !config || !found) return [skipped('environment')];
    const sentForLong = createSentForLong(database, found.now);
    const all = new Map((await connections()).map((each) => [each.id, each]));
    const senders = await readSenders(database, await accountIds());
    const places = senders.flatMap((sender): Place[] => {
      const connection = all.get(sender.connection_id);
      if (!connection) return [];
      const url = `${config.publicUrl}/webhooks/${connection.provider}/${connection.id}`;
      const subject = toSubject(connection, sender, senders);
      return [{ connection, sender, subject, url, now: found.now }];
    });
    const findings = await inTurn(places, most, (place) => lookAt(examination, sentForLong, place));
    return findings.length > 0 ? findings.flat() : [ok('no sender needs one')];
  },
};
