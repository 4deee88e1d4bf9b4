import { demoData } from '../../demo-data.ts';
import { createMarker } from '../doubles.ts';
import { createRandom, type Random } from '../random.ts';

/** All belong to one sub-account. */
export const apiKeys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(
  (letter) => `cfy_storm_key_${letter}`,
);

/** One send, and how its client behaves. */
export type Plan = {
  readonly marker: string;
  readonly apiKey: string;
  readonly channel: (typeof channels)[number];
  readonly ai: boolean;
  readonly async: boolean;
  /**
   * own: an Idempotency-Key. derived: a message_id, from which a key is made. none: the client repeats only after
   * `safe`.
   */
  readonly key: 'own' | 'derived' | 'none';
  /** The client sends the same request twice at once, like a webhook that fires twice. */
  readonly twice: boolean;
  /** Milliseconds after which the client hangs up. */
  readonly timeoutMs: number;
  /** How often it asks before it gives up. */
  readonly tries: number;
};

const channels = [
  'sms',
  'sms',
  'sms',
  'whatsapp',
  'whatsapp',
  'email',
  'email',
  'facebook',
] as const;

const pickKey = (random: Random, ai: boolean): Plan['key'] => {
  if (ai) return random.chance(0.4) ? 'derived' : 'own';
  return random.chance(0.1) ? 'none' : 'own';
};

const pickTries = (random: Random, key: Plan['key']): number => {
  if (key === 'none') return 3;
  return random.chance(0.1) ? 2 : 12;
};

/** The same seed and number always give the same plan. */
export const createPlan = (seed: number, number: number): Plan => {
  const random = createRandom(seed, `plan ${number}`);
  const ai = random.chance(0.4);
  const key = pickKey(random, ai);
  return {
    marker: createMarker(number),
    apiKey: apiKeys[number % apiKeys.length] ?? '',
    channel: random.pick(channels),
    ai,
    async: random.chance(0.4),
    key,
    twice: key !== 'none' && random.chance(0.15),
    timeoutMs: random.chance(0.4) ? 5_000 : 30_000,
    tries: pickTries(random, key),
  };
};

/** The request that goes out each time. */
export const toRequest = ({ marker, apiKey, channel, ai, async, key }: Plan): RequestInit => ({
  method: 'POST',
  headers: {
    'x-api-key': apiKey,
    'content-type': 'application/json',
    ...(key === 'own' ? { 'idempotency-key': `storm-${marker}` } : {}),
    ...(async ? { prefer: 'respond-async' } : {}),
  },
  body: JSON.stringify({
    conversation_id: demoData.conversationId,
    channel,
    ai,
    content: `Tell her of ${marker}.`,
    ...(ai ? { agent_id: demoData.agentId } : {}),
    ...(key === 'derived' ? { message_id: `inbound-${marker}` } : {}),
  }),
});
