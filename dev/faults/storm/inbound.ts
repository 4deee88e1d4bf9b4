import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { toWireId } from '../../../src/lib/message-id.ts';
import { demoData } from '../../demo-data.ts';
import type { Vendors } from '../../vendors/index.ts';
import { mapInParallel } from '../pool.ts';
import { createRandom } from '../random.ts';
import type { RealDatabase } from '../real-database.ts';
import { type Written, writeLetter } from './write-letter.ts';

const writersAtOnce = 5;

type Letter = Omit<Written, 'message'> & {
  readonly providerMessageId: string;
  readonly taken: boolean;
};

/** The fates of what contacts wrote. */
export type InboundTally = {
  readonly written: number;
  readonly answered: number;
  readonly storedTwice: number;
  readonly answeredTwice: number;
  readonly lost: number;
  /** Replies to messages that say nothing: a sticker, an unknown type. */
  readonly answeredForNothing: number;
  /** Replies to a message that was older than one already stored. */
  readonly answeredAsNewest: number;
  /** People who became two contacts, because their number has two spellings. */
  readonly split: number;
};

/** Lets the demo's agent reply to everything that is written to any sender. */
export const letAgentReply = ({ query }: RealDatabase) =>
  query('update public.senders set answering_agent_id = $1', [demoData.agentId]);

/**
 * That many people write while everything fails, once each. Their vendors call twice at once, and again until they get
 * a 2xx.
 */
export const writeInbound = async (
  vendors: Vendors,
  count: number,
  seed: number,
): Promise<readonly Letter[]> => {
  const random = createRandom(seed, 'inbound');
  const numbers = Array.from({ length: count }, (_, index) => index);
  return mapInParallel(numbers, writersAtOnce, async (index) => {
    await sleep(random.between(0, 1_000));
    const { message, ...letter } = writeLetter(index);
    const { providerMessageId, statuses } = await vendors.write(message);
    const taken = statuses.some((status) => status === 200);
    return { ...letter, providerMessageId, taken };
  });
};

const rowsSchema = z.array(
  z.object({
    provider_message_id: z.string(),
    contact_id: z.string(),
    created_at: z.date(),
    // A reply that is written again takes the place of the first.
    answers: z.array(z.object({ id: z.string(), status: z.string(), created_at: z.coerce.date() })),
  }),
);
type Row = z.infer<typeof rowsSchema>[number];

const readInbound = async ({ query }: RealDatabase) =>
  rowsSchema.parse(
    await query(`
      select m.provider_message_id, c.contact_id, m.created_at,
        coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'status', a.status, 'created_at', a.created_at))
          filter (where a.id is not null), '[]') as answers
      from public.messages m
      join public.conversations c on c.id = m.conversation_id
      left join public.messages a on a.replies_to_id = m.id
      where m.sender_type = 'contact'
      group by m.id, c.contact_id
    `),
  );

const open = new Set(['queued', 'composing', 'sending']);

const isNewestThen = ({ answers }: Row, newer: readonly Row[]): boolean =>
  answers.some(
    ({ status, created_at }) =>
      status !== 'superseded' && newer.some((row) => row.created_at < created_at),
  );

/** Compares what people wrote with what is stored, and with the replies that the vendors got. */
export const compareInbound = async (
  letters: readonly Letter[],
  database: RealDatabase,
  vendors: Vendors,
): Promise<InboundTally> => {
  const rows = Map.groupBy(await readInbound(database), (row) => row.provider_message_id);
  const taken = Map.groupBy(vendors.sent(), ({ ourMessageId }) => ourMessageId);
  const byPerson = Map.groupBy(letters, ({ person }) => person);
  const rowsOf = ({ providerMessageId }: Letter) => rows.get(providerMessageId) ?? [];
  const answersTo = (letter: Letter) => rowsOf(letter).flatMap(({ answers }) => answers);
  const takenOf = (letter: Letter) =>
    answersTo(letter).flatMap(({ id }) => taken.get(toWireId(id)) ?? []).length;
  const newerThan = ({ person }: Letter) =>
    (byPerson.get(person) ?? []).filter(({ isOlder }) => !isOlder).flatMap(rowsOf);
  const isLost = (letter: Letter) =>
    letter.taken &&
    (rowsOf(letter).length === 0 || answersTo(letter).some(({ status }) => open.has(status)));
  const contactsOf = (theirs: readonly Letter[]) =>
    new Set(theirs.flatMap(rowsOf).map(({ contact_id }) => contact_id)).size;
  const count = (of: (letter: Letter) => boolean) => letters.filter(of).length;
  return {
    written: letters.length,
    answered: count((letter) => takenOf(letter) === 1),
    storedTwice: count((letter) => rowsOf(letter).length > 1),
    answeredTwice: count((letter) => takenOf(letter) > 1),
    lost: count(isLost),
    answeredForNothing: count((letter) => letter.isMute && answersTo(letter).length > 0),
    answeredAsNewest: count(
      (letter) =>
        letter.isOlder && rowsOf(letter).some((row) => isNewestThen(row, newerThan(letter))),
    ),
    split: [...byPerson.values()].filter((theirs) => contactsOf(theirs) > 1).length,
  };
};

export const isInboundBad = (tally: InboundTally): boolean =>
  tally.storedTwice +
    tally.answeredTwice +
    tally.lost +
    tally.answeredForNothing +
    tally.answeredAsNewest +
    tally.split >
  0;

export const describeInbound = (tally: InboundTally): string =>
  `Inbound: ${tally.written} written, ${tally.answered} answered once, ${tally.answeredTwice} answered twice, ${tally.answeredForNothing} answered for nothing, ${tally.answeredAsNewest} answered as the newest that were not, ${tally.storedTwice} stored twice, ${tally.split} taken for two people, ${tally.lost} lost.`;
