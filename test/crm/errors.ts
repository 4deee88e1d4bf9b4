import { expect, it } from 'vitest';
import { z } from 'zod';
import { anySecret } from './find-secret.ts';
import type { Crm } from './run-crm.ts';

const errorLine = z.strictObject({ error: z.strictObject({ message: z.string() }) });

/** The output of a command that cannot do its work. */
export const describeErrors = (crm: () => Crm): void => {
  it.each(['', ' '])('says what a name has to be where it is %j', async (name) => {
    const { exitCode, stderr } = await crm().run(['keys', 'create', name]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      /^error: <name> is not valid\. Say a name of 1 to 200 characters, on one line\.\n/,
    );
  });

  it.each([
    [['keys', 'revoke', 'nobody', '--json'], 1, /^There is no such key: /],
    [['keys', 'list', '--account', 'nobody', '--json'], 1, /^There is no such sub-account; .*:\n/],
    [['--json', 'keys', 'create', ''], 2, /^<name> is not valid\. Say a name of 1 to 200/],
    [['keys', 'create', '--json'], 2, /^missing required argument 'name'$/],
    [['agents', 'edit', 'Front desk', '--json'], 2, /^Nothing to change/],
    [['keys', '--json'], 2, /^Say a command: --help shows them\.$/],
    [['nonsense', '--json'], 2, /^unknown command 'nonsense'/],
    [['keys', 'list', `--token=${anySecret}`, '--json'], 2, /^unknown option '--token…'$/],
    [['keys', 'list', '--json', '--env'], 2, /^option '--env <file>' argument missing$/],
    [['keys', 'list', '--json', '--env', 'no.env'], 1, /^--env: no.env cannot be read\.$/],
  ])('is JSON on one line of standard error: %j', async (args, exitCode, message) => {
    const ran = await crm().run(args);
    expect(ran).toMatchObject({ exitCode, stdout: '', stderr: expect.stringMatching(/^.+\n$/) });
    expect(errorLine.parse(JSON.parse(ran.stderr)).error.message).toMatch(message);
    expect(ran.stderr).not.toContain(anySecret);
  });

  it('is JSON when the command is interrupted, too', async () => {
    const interrupted = AbortSignal.abort();
    const ran = await crm().run(['keys', 'list', '--json'], { interrupted });
    expect(ran).toMatchObject({ exitCode: 130, stdout: '' });
    expect(JSON.parse(ran.stderr)).toEqual({ error: { message: 'Interrupted.' } });
  });
};
