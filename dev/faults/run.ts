import { parseArgs } from 'node:util';
import { z } from 'zod';
import { formatMatrix, summarizeMatrix } from './matrix/print-matrix.ts';
import { runMatrix } from './matrix/run-matrix.ts';
import { isBad } from './storm/compare.ts';
import { describeStorm } from './storm/describe-storm.ts';
import { isInboundBad } from './storm/inbound.ts';
import { runStorm } from './storm/run-storm.ts';

const usage = 'Usage: npm run faults -- --matrix | --sends N [--seed S] [--at-once 50]';

const whole = z.coerce.number().int().positive();
const optionsSchema = z.object({
  matrix: z.boolean().default(false),
  sends: whole.optional(),
  seed: whole.optional(),
  'at-once': whole.default(50),
});

const readOptions = () => {
  const { values } = parseArgs({
    options: {
      matrix: { type: 'boolean' },
      sends: { type: 'string' },
      seed: { type: 'string' },
      'at-once': { type: 'string' },
    },
  });
  const options = optionsSchema.parse(values);
  if (!options.matrix && options.sends === undefined) throw new Error(usage);
  return options;
};

const playMatrix = async (): Promise<boolean> => {
  const rows = await runMatrix();
  console.log(formatMatrix(rows));
  console.log(`\n${summarizeMatrix(rows)}`);
  return rows.every(({ problems }) => problems.length === 0);
};

const playStorm = async (sends: number, seed: number, atOnce: number): Promise<boolean> => {
  const say = (line: string) => console.log(line);
  say(`Seed ${seed}: npm run faults -- --sends ${sends} --seed ${seed} --at-once ${atOnce}`);
  const result = await runStorm({ sends, seed, atOnce, say });
  say(describeStorm(result));
  return !result.endings.some(isBad) && !isInboundBad(result.inbound);
};

const newSeed = (): number => Math.floor(Math.random() * 1_000_000) + 1;

const options = readOptions();
const held =
  options.sends === undefined
    ? await playMatrix()
    : await playStorm(options.sends, options.seed ?? newSeed(), options['at-once']);
console.log(`It took ${(performance.now() / 1000).toFixed(0)} s.`);
// Otherwise output that the reader has not received yet would be cut off.
process.stdout.write('', () => process.exit(held ? 0 : 1));
