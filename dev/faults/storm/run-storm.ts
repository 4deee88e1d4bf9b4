import { z } from 'zod';
import { toAddressKey } from '../../../src/lib/address-key.ts';
import { demoData } from '../../demo-data.ts';
import { type Doubles, startDoubles } from '../doubles.ts';
import { mapInParallel } from '../pool.ts';
import { createRandom } from '../random.ts';
import { letTimePass, type RealDatabase, startRealDatabase } from '../real-database.ts';
import { askReport, type Client, runClient } from './client.ts';
import { compare, type Ending, isBad, tellStory } from './compare.ts';
import { type Gate, startGate } from './gate.ts';
import { createHost, type Host } from './host.ts';
import { compareInbound, type InboundTally, letAgentReply, writeInbound } from './inbound.ts';
import { postLateReceipts } from './late-receipts.ts';
import { createWeather, type Weather } from './misbehave.ts';
import { apiKeys, createPlan, type Plan } from './plan.ts';
import { createProgress, sweep, sweepOften, troubleDatabase, troubleHost } from './trouble.ts';

export type StormOptions = {
  readonly sends: number;
  readonly seed: number;
  readonly atOnce: number;
  readonly say: (line: string) => void;
};

export type StormResult = {
  readonly endings: readonly Ending[];
  /** The faults that were made, and how often. */
  readonly faults: ReadonlyMap<string, number>;
  readonly receipts: string;
  readonly inbound: InboundTally;
  /** The histories of the first sends that reached the contact twice, were lost, or were told wrongly. */
  readonly stories: readonly string[];
};

type Scene = {
  readonly database: RealDatabase;
  readonly doubles: Doubles;
  readonly gate: Gate;
  readonly host: Host;
  readonly weather: Weather;
};

const addKey = `insert into public.api_keys (sub_account_id, name, key_hash, display_prefix, rate_limit)
  select id, 'Storm', encode(sha256(convert_to($1, 'UTF8')), 'hex'), 'cfy_stor', 1000000 from public.sub_accounts`;

/** Failover needs a second number to send from. Keys of their own keep clients from waiting for each other. */
const prepare = async ({ query }: RealDatabase): Promise<void> => {
  const second = demoData.twilio.secondPhoneNumber;
  for (const key of apiKeys) await query(addKey, [key]);
  await query(
    `insert into public.senders (sub_account_id, connection_id, channel, address, address_key, priority)
     select sub_account_id, connection_id, channel, $1, $2, 200 from public.senders where channel = 'sms'`,
    [second, toAddressKey('sms', second)],
  );
};

const runClients = (
  { host }: Scene,
  plans: readonly Plan[],
  { seed, atOnce }: StormOptions,
  advance: () => void,
): Promise<readonly (readonly Client[])[]> =>
  mapInParallel(plans, atOnce, async (plan) => {
    const copies = plan.twice ? [plan, plan] : [plan];
    const told = await Promise.all(copies.map((copy) => runClient(host.baseUrl, copy, seed)));
    advance();
    return told;
  });

/** The clients send, and meanwhile everything fails that can. */
const rage = async (scene: Scene, plans: readonly Plan[], options: StormOptions) => {
  const { gate, host, database, weather } = scene;
  const { sends, seed, say } = options;
  const over = new AbortController();
  const faults = new Map<string, number>();
  const count = (what: string) => faults.set(what, (faults.get(what) ?? 0) + 1);
  const progress = createProgress((done) => {
    if (done % 1_000 === 0) say(`${done} of ${sends} clients are done.`);
  });
  const trouble = (stream: string) => ({
    sends,
    progress,
    random: createRandom(seed, stream),
    count,
  });
  const sweeping = sweepOften(host, over.signal);
  const troubles = [
    troubleDatabase(gate, trouble('database')),
    troubleHost(host, database, trouble('host')),
  ];
  const writing = writeInbound(scene.doubles.vendors, Math.ceil(sends / 10), seed);
  const clients = await runClients(scene, plans, options, progress.advance);
  await Promise.all(troubles);
  const letters = await writing;
  over.abort();
  await sweeping;
  weather.clearUp();
  for (const [what, times] of weather.counts) faults.set(what, times);
  return { clients: clients.flat(), faults, letters };
};

const sweptSchema = z.record(z.string(), z.number());

/** Nobody is at work any more, so time may pass. Then the sweeper works until nothing is due. */
const settle = async ({ host, database }: Scene): Promise<void> => {
  await host.stop();
  await host.start();
  for (let found = 1; found > 0; ) {
    await letTimePass(database.query);
    const counts = sweptSchema.parse(await sweep(host));
    found = Object.values(counts).reduce((sum, each) => sum + each, 0);
  }
};

/** Clients that were not told an end ask for it. */
const askForEnds = async ({ host }: Scene, clients: readonly Client[]): Promise<void> => {
  const waiting = clients.filter(({ word }) => word.type === 'pending' || word.type === 'unknown');
  await mapInParallel(waiting, 20, (client) => askReport(host.baseUrl, client));
};

const play = async (scene: Scene, options: StormOptions): Promise<StormResult> => {
  const { seed, sends, say } = options;
  const plans = Array.from({ length: sends }, (_, index) => createPlan(seed, index));
  const startedAt = performance.now();
  const { clients, faults, letters } = await rage(scene, plans, options);
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  say(`All clients are done after ${seconds} s; nothing fails any more.`);
  await settle(scene);
  const receipts = await postLateReceipts(scene.doubles.vendors);
  await askForEnds(scene, clients);
  const endings = await compare(clients, scene.database, scene.doubles.vendors);
  const inbound = await compareInbound(letters, scene.database, scene.doubles.vendors);
  const bad = endings.filter(isBad).slice(0, 5);
  const stories: string[] = [];
  for (const ending of bad) stories.push(await tellStory(ending, scene.database));
  return { endings, faults, receipts, inbound, stories };
};

/** The vendors post receipts by themselves, each twice and in any order. */
const callBack = (vendors: Doubles['vendors'], baseUrl: string, seed: number): void => {
  const { twilio, meta, instagram, resend } = demoData.connectionIds;
  vendors.callBack({
    twilio: `${baseUrl}/webhooks/twilio/${twilio}`,
    meta: `${baseUrl}/webhooks/meta/${meta}`,
    instagram: `${baseUrl}/webhooks/meta/${instagram}`,
    resend: `${baseUrl}/webhooks/resend/${resend}`,
  });
  vendors.autoReceipts({ afterMs: 200, times: 2, shuffle: seed });
};

/** Sends that many messages to vendors that misbehave, through a host that dies, with a database that goes away. */
export const runStorm = async (options: StormOptions): Promise<StormResult> => {
  const { seed } = options;
  const weather = createWeather(createRandom(seed, 'vendors'), createRandom(seed, 'models'));
  const doubles = await startDoubles(weather);
  const database = await startRealDatabase();
  await prepare(database);
  await letAgentReply(database);
  const gate = await startGate(database.api.url);
  const host = await createHost({ databaseUrl: gate.url, origins: doubles.origins });
  try {
    await host.start();
    callBack(doubles.vendors, host.baseUrl, seed);
    return await play({ database, doubles, gate, host, weather }, options);
  } finally {
    await host.stop();
    await gate.stop();
    await doubles.stop();
    await database.stop();
  }
};
