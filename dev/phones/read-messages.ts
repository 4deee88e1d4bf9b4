import { z } from 'zod';
import { toWireId } from '../../src/lib/message-id.ts';
import { type Channel, channels } from '../../src/ports/channel.ts';
import type { Database } from '../database.ts';
import { demoData } from '../demo-data.ts';
import type { SentMessage } from '../vendors/journal.ts';
import { createArrivalCount } from './count-arrivals.ts';
import { shownMessages } from './page/limits.ts';
import type { PhoneMessage } from './wire.ts';

const instant = z.string().transform((text) => new Date(text).toISOString());
const time = instant.nullable();

/** The parts beside the text, as far as a phone shows them. */
const metadata = z
  .looseObject({
    attachments: z
      .array(z.looseObject({ kind: z.string(), name: z.string().nullish() }))
      .default([]),
    details: z.looseObject({ unknownType: z.string().optional() }).default({}),
    withdrawn: z.boolean().default(false),
    corrected_at: z.string().optional(),
    echo: z.boolean().default(false),
  })
  .nullable();

const rowsSchema = z.array(
  z.object({
    id: z.uuid(),
    channel: z.enum(channels),
    sender_type: z.enum(['contact', 'user', 'agent']),
    status: z.string(),
    content: z.string().nullable(),
    subject: z.string().nullable(),
    created_at: instant,
    delivered_at: time,
    read_at: time,
    due_at: time,
    provider_message_id: z.string().nullable(),
    metadata,
  }),
);
type Row = z.output<typeof rowsSchema>[number];

const addressesSchema = z.array(
  z.object({ channel: z.enum(channels), opted_out_at: z.string().nullable() }),
);

const contact = `contacts.name=eq.${encodeURIComponent(demoData.contact.name)}`;
const columns = Object.keys(rowsSchema.element.shape).join(',');

const ask = async ({ url, secretKey }: Database, query: string): Promise<unknown> => {
  const headers = { apikey: secretKey, authorization: `Bearer ${secretKey}` };
  const response = await fetch(`${url}/rest/v1/${query}`, { headers });
  if (!response.ok) throw new Error(`The database answered ${response.status}.`);
  return response.json();
};

const toShown = ({ metadata: beside }: Row) => ({
  attachments: (beside?.attachments ?? []).map(({ kind, name = null }) => ({ kind, name })),
  isPlaceholder: beside?.details.unknownType !== undefined,
  withdrawn: beside?.withdrawn ?? false,
  corrected: beside?.corrected_at !== undefined,
  isEcho: beside?.echo ?? false,
});

const toPhoneMessage = (row: Row, arrivals: number): PhoneMessage => ({
  id: toWireId(row.id),
  channel: row.channel,
  from: row.sender_type,
  status: row.status,
  text: row.content,
  subject: row.subject,
  createdAt: row.created_at,
  deliveredAt: row.delivered_at,
  readAt: row.read_at,
  dueAt: row.due_at,
  arrivals,
  ...toShown(row),
});

/** The last messages with the demo's contact, oldest first. */
export const readMessages = async (
  database: Database,
  sent: readonly SentMessage[],
): Promise<readonly PhoneMessage[]> => {
  const conversations = 'conversations!inner(contacts!inner(name))';
  const query = `messages?select=${columns},${conversations}&conversations.${contact}`;
  const page = `&order=created_at.desc&limit=${shownMessages}`;
  const rows = rowsSchema.parse(await ask(database, `${query}${page}`));
  const count = createArrivalCount(rows, sent);
  return rows.reverse().map((row) => toPhoneMessage(row, count(row)));
};

/** The channels on which the demo's contact has opted out. */
export const readOptedOut = async (database: Database): Promise<readonly Channel[]> => {
  const query = `contact_addresses?select=channel,opted_out_at,contacts!inner(name)&${contact}`;
  const addresses = addressesSchema.parse(await ask(database, query));
  return addresses.flatMap((address) => (address.opted_out_at === null ? [] : [address.channel]));
};
