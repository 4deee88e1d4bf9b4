import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../../dev/machine/run-command.ts';

const nodeLog = fileURLToPath(new URL('../../functions/node-log.ts', import.meta.url));

/** Runs a program that logs with `log`, and tells each write on stderr. */
const run = (program: string) => {
  const script = `
    import { createLineWriter } from ${JSON.stringify(nodeLog)};
    const log = createLineWriter((text) => {
      process.stdout.write(text);
      process.stderr.write('wrote ');
    });
    ${program}
  `;
  return runCommand(process.execPath, ['--input-type=module', '--eval', script]);
};

describe('the log of the Node host', () => {
  it('writes the lines of one turn at once, and those of the next after them', async () => {
    const program = "log('1'); log('2'); setTimeout(() => { log('3'); log('4'); }, 10);";
    const { stdout, stderr } = await run(program);
    expect(stdout).toBe('1\n2\n3\n4\n');
    expect(stderr).toBe('wrote wrote ');
  });

  it.each([
    ['that ends at once', "log('1'); log('2'); process.exit(3);"],
    ['that an error ends', "log('1'); log('2'); throw new Error('unexpected');"],
    ['that a rejection ends', "log('1'); log('2'); Promise.reject(new Error('unexpected'));"],
    [
      'that SIGTERM ends',
      "process.once('SIGTERM', () => process.exit(0)); log('1'); setTimeout(() => {}, 5_000);" +
        "process.kill(process.pid, 'SIGTERM'); log('2');",
    ],
  ])('loses no line of a process %s', async (_, program) => {
    expect((await run(program)).stdout).toBe('1\n2\n');
  });
});
