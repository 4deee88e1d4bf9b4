import { parseArgs } from 'node:util';
import type { Benchmark } from './benchmark.ts';
import { benchmarks } from './benchmarks.ts';
import { describeBudgets, findExceeded } from './budget.ts';
import { formatTable } from './format-table.ts';
import { saveResults } from './results.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false } },
});

const choose = (names: readonly string[]): readonly Benchmark[] => {
  const unknown = names.filter((name) => !benchmarks.some((benchmark) => benchmark.name === name));
  if (unknown.length > 0) {
    const list = benchmarks.map(({ name, about }) => `  ${name.padEnd(12)} ${about}`).join('\n');
    throw new Error(`There is no benchmark ${unknown.join(', ')}. There are:\n${list}`);
  }
  return benchmarks.filter(({ name }) => names.length === 0 || names.includes(name));
};

const say = (line: string) => console.error(line);

const play = async (benchmark: Benchmark) => {
  const startedAt = performance.now();
  say(`\n${benchmark.name}: ${benchmark.about}`);
  const result = await benchmark.run({ quick: values.quick, say });
  const { tables, budgets = [] } = result;
  const broken = [...result.broken, ...findExceeded(budgets)];
  for (const table of tables) console.log(`\n${formatTable(table)}`);
  for (const problem of broken) console.log(`\nBROKEN: ${problem}`);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  return { name: benchmark.name, seconds, tables, budgets, broken };
};

const results = [];
for (const benchmark of choose(positionals)) results.push(await play(benchmark));
if (!values.quick) await saveResults(results);

const budgets = results.flatMap((result) => result.budgets);
if (budgets.length > 0) console.log(`\n${formatTable(describeBudgets(budgets))}`);

const broken = results.flatMap((result) => result.broken);
const seconds = results.reduce((sum, result) => sum + result.seconds, 0);
console.log(`\n${results.length} benchmarks in ${seconds} s, ${broken.length} broken.`);
// Otherwise output that the reader has not received yet would be cut off.
process.stdout.write('', () => process.exit(broken.length === 0 ? 0 : 1));
