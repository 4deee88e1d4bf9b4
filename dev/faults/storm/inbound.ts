import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { demoData } from '../../demo-data.ts';
import type { InboundInput } from '../../vendors/inbound-schema.ts';
import type { Vendors } from '../../vendors/index.ts';
import { createMarker, markerOf } from '../doubles.ts';
import { mapInParallel } from '../pool.ts';
import { createRandom } from '../random.ts';
import type { RealDatabase } from '../real-database.ts';

/** Numbers that no send has. */
const firstNumber = 900_000;
const writersAtOnce = 5;

type Letter = {
  readonly marker: string;
  readonly providerMessageId: string;
  readonly taken: boolean;
};

/** What became of what contacts wrote. */
export type InboundTally = {
  readonly written: number;
  readonly answered: number;
  readonly storedTwice: number;
  readonly answeredTwice: number;
  readonly lost: number;
};

const toMessage = (index: number): InboundInput => {
  const text = `Please tell me about ${createMarker(firstNumber + index)}.`;
  const number = `+1555${String(2_000_000 + index)}`;
  const again = { text, times: 2, untilTaken: true };
  if (index % 3 === 0) return { ...again, channel: 'sms', from: number };
  if (index % 3 === 1) return { ...again, channel: 'whatsapp', from: number };
  return { ...again, channel: 'email', from: `writer${index}@example.org`, subject: 'A question' };
};

/** Has the demo's agent answer whatever is written to any sender. */
export const letAgentAnswer = ({ query }: RealDatabase) =>
  query('update public.senders set answering_agent_id = $1', [demoData.agentId]);

/** So many people write while everything fails, each once; their vendors call twice at once, and again until they are heard. */
export const writeInbound = async (
  vendors: Vendors,
  count: number,
  seed: number,
): Promise<readonly Letter[]> => {
  const random = createRandom(seed, 'inbound');
  const numbers = Array.from({ length: count }, (_, index) => index);
  return mapInParallel(numbers, writersAtOnce, async (index) => {
    await sleep(random.between(0, 1_000));
    const { providerMessageId, statuses } = await vendors.write(toMessage(index));
    const taken = statuses.some((status) => status === 200);
    return { marker: createMarker(firstNumber + index), providerMessageId, taken };
  });
};

const rowsSchema = z.array(
  z.object({ provider_message_id: z.string(), answer: z.string().nullable() }),
);

const readInbound = async ({ query }: RealDatabase) =>
  rowsSchema.parse(
    await query(`
      select m.provider_message_id, a.status as answer
      from public.messages m
      left join public.messages a on a.answers_id = m.id
      where m.sender_type = 'contact'
    `),
  );

const open = new Set(['queued', 'composing', 'sending']);

/** Compares what was written with what is stored and what the vendors were given as answers. */
export const compareInbound = async (
  letters: readonly Letter[],
  database: RealDatabase,
  vendors: Vendors,
): Promise<InboundTally> => {
  const rows = Map.groupBy(await readInbound(database), (row) => row.provider_message_id);
  const answers = Map.groupBy(vendors.sent(), ({ text }) => markerOf(text));
  const rowsOf = ({ providerMessageId }: Letter) => rows.get(providerMessageId) ?? [];
  const answersOf = ({ marker }: Letter) => answers.get(marker)?.length ?? 0;
  const isLost = (letter: Letter) =>
    letter.taken &&
    (rowsOf(letter).length === 0 || rowsOf(letter).some(({ answer }) => open.has(answer ?? '')));
  const count = (of: (letter: Letter) => boolean) => letters.filter(of).length;
  return {
    written: letters.length,
    answered: count((letter) => answersOf(letter) === 1),
    storedTwice: count((letter) => rowsOf(letter).length > 1),
    answeredTwice: count((letter) => answersOf(letter) > 1),
    lost: count(isLost),
  };
};

export const isInboundBad = ({ storedTwice, answeredTwice, lost }: InboundTally): boolean =>
  storedTwice + answeredTwice + lost > 0;

export const describeInbound = (tally: InboundTally): string =>
  `Inbound: ${tally.written} written, ${tally.answered} answered once, ${tally.answeredTwice} answered twice, ${tally.storedTwice} stored twice, ${tally.lost} lost.`;
