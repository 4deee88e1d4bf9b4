import { describeCircle, goRound } from './demo/circle.ts';
import { type Delivery, deliver, demoRequests } from './demo/deliver.ts';
import { type Replay, replay } from './demo/replay.ts';
import { toTable } from './demo/table.ts';
import { letAgentReply } from './let-agent-reply.ts';
import { type Stack, startStack } from './stack.ts';

const inSeconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

const deliverAll = async (stack: Stack): Promise<readonly Delivery[]> => {
  const deliveries: Delivery[] = [];
  for (const request of demoRequests) deliveries.push(await deliver(stack, request));
  return deliveries;
};

const describeReplay = ({ idempotencyKey, status, vendorRequests }: Replay): string =>
  `Replay with Idempotency-Key ${idempotencyKey}: HTTP ${status}, the same answer, ${vendorRequests} requests to vendors and models.`;

const collectProblems = (deliveries: readonly Delivery[], again: Replay): readonly string[] => [
  ...deliveries.flatMap(({ request: { channel, ai }, problems }) =>
    problems.map((problem) => `${channel}, ${ai ? 'AI' : 'manual'}: ${problem}`),
  ),
  ...again.problems.map((problem) => `replay: ${problem}`),
];

const run = async (stack: Stack): Promise<readonly string[]> => {
  console.log(`Database, vendors, model and API are up after ${inSeconds(performance.now())}.\n`);
  const deliveries = await deliverAll(stack);
  console.log(`${toTable(deliveries)}\n`);

  const last = deliveries.at(-1);
  if (!last) throw new Error('Expected something to replay.');
  const again = await replay(stack, last);
  console.log(`${describeReplay(again)}\n`);

  await letAgentReply(stack);
  const circle = await goRound(stack);
  console.log(describeCircle(circle));
  return [...collectProblems(deliveries, again), ...circle.problems];
};

const stack = await startStack({ receipts: { afterMs: 50 } });
try {
  const problems = await run(stack);
  for (const problem of problems) console.error(`DID NOT HOLD: ${problem}`);
  if (problems.length === 0)
    console.log(`All ${demoRequests.length} deliveries, the replay and the answers held.`);
  else process.exitCode = 1;
} finally {
  await stack.stop();
  console.log(`Everything is stopped; it took ${inSeconds(performance.now())}.`);
}
