import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Database, startDatabase } from '../../dev/database.ts';
import { demoData } from '../../dev/demo-data.ts';
import { projectFolder, runCommand } from '../../dev/machine/run-command.ts';
import { serveLocally } from '../../dev/serve.ts';
import { anySecret, readAllRows } from '../crm/find-secret.ts';

const script = join(projectFolder, 'scripts/crm.ts');
const node = process.execPath;
const hasPseudoTerminal = await runCommand('script', ['--version']).then(
  ({ stdout }) => /util-linux/.test(stdout),
  () => false,
);

describe('npm run crm, as a process', () => {
  let database: Database;
  let folder: string;
  let settings: Record<string, string>;
  let envFile: string;

  beforeAll(async () => {
    database = await startDatabase();
    folder = await mkdtemp(join(tmpdir(), 'crm-api-crm-'));
    envFile = join(folder, '.env.production');
    settings = {
      SUPABASE_URL: database.url,
      SUPABASE_SECRET_KEY: database.secretKey,
      CREDENTIALS_KEY: demoData.credentialsKey,
      PUBLIC_URL: 'https://crm.example.com/functions/v1/crm-api',
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
    await writeFile(envFile, lines.join('\n'));
  });
  afterAll(async () => {
    await database?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const run = (args: readonly string[], env: Record<string, string> = settings, input = '') =>
    runCommand(node, [script, ...args], { env, input });

  it('prints what was asked for on standard output alone, and exits with 0', async () => {
    const ran = await run(['accounts', 'list', '--json']);
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(ran.stdout)).toMatchObject([{ name: 'Acme Dental' }]);
  });

  it('reads the environment from the file that --env names; the shell comes first', async () => {
    expect(await run(['accounts', 'list', '--env', envFile], {})).toMatchObject({ exitCode: 0 });
    const elsewhere = { SUPABASE_URL: 'http://127.0.0.1:1' };
    const ran = await run(['accounts', 'list', '--env', envFile], elsewhere);
    expect(ran).toMatchObject({ exitCode: 1, stdout: '' });
    expect(ran.stderr).toMatch(/database cannot be reached/);
  });

  it.each([
    ['empty', 'SUPABASE_URL=\nSUPABASE_SECRET_KEY=\n', /SUPABASE_URL[\s\S]*SUPABASE_SECRET_KEY/],
    ['missing', 'PUBLIC_URL=https://x.example\n', /SUPABASE_URL[\s\S]*SUPABASE_SECRET_KEY/],
    ['misspelt', 'SUPABASE_ULR=x\nSUPABASE_KEY=y\n', /SUPABASE_URL[\s\S]*SUPABASE_SECRET_KEY/],
    ['malformed', 'SUPABASE_URL=x\nSUPABASE_SECRET_KEY=y\n', /SUPABASE_URL: /],
  ])(
    'takes no local stack for the deployment of an --env file whose variables are %s',
    async (_, content, missing) => {
      const file = join(folder, '.env.incomplete');
      await writeFile(file, content);
      // At this address the local stack would answer.
      const local = { DEV_DB_PORT: new URL(database.url).port };
      expect(await run(['keys', 'list'], local)).toMatchObject({ exitCode: 0 });
      const made = await run(['keys', 'create', 'n8n', '--env', file], local);
      expect(made).toMatchObject({ exitCode: 1, stdout: '' });
      const seen = await run(['doctor', '--env', file], local);
      expect(seen.exitCode).toBe(1);
      expect(seen.stdout).not.toContain('local stack');
      for (const text of [made.stderr, seen.stdout]) {
        expect(text).toContain(`--env ${file}`);
        expect(text).toMatch(missing);
      }
    },
  );

  it.each([
    [['keys', 'revoke', 'nobody'], 1, /no such key/],
    [['keys', 'create'], 2, /missing required argument/],
    [['nonsense'], 2, /unknown command/],
    [['accounts', 'list', '--env', 'nowhere.env'], 1, /--env: nowhere.env cannot be read/],
    [['--help'], 0, /^$/],
  ])('ends %j with exit code %d', async (args, exitCode, message) => {
    const ran = await run(args);
    expect(ran.exitCode).toBe(exitCode);
    expect(ran.stderr).toMatch(message);
    expect(ran.stderr).not.toMatch(/^\s+at /m);
  });

  it('does not wait for somebody who is not there', async () => {
    const ran = await run(
      ['connections', 'add', 'twilio'],
      settings,
      `${anySecret}\n${anySecret}\n`,
    );
    expect(ran).toMatchObject({ exitCode: 1, stdout: '' });
    expect(ran.stderr).toMatch(/There is nobody to ask/);
  });

  it('ends quietly when nobody reads on', async () => {
    const command = `'${node}' '${script}' accounts list --json | true; echo "\${PIPESTATUS[0]}"`;
    const ran = await runCommand('bash', ['--norc', '-c', command], { env: settings });
    expect(ran).toEqual({ exitCode: 0, stdout: '0\n', stderr: '' });
  });

  it('takes CREDENTIALS from the file that --env names, too', async () => {
    const credentials = { accountSid: 'AC0', authToken: anySecret };
    const line = `CREDENTIALS='${JSON.stringify(credentials)}'`;
    const withCredentials = join(folder, '.env.credentials');
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
    await writeFile(withCredentials, [...lines, line].join('\n'));
    const words = ['connections', 'add', 'twilio', '--no-check', '--name', 'From file'];
    expect(await run(['--env', withCredentials, ...words], {})).toMatchObject({ exitCode: 0 });
  });

  it('answers npm run -s with JSON alone', async () => {
    const ran = await runCommand('npm', ['run', '-s', 'crm', '--', 'accounts', 'list', '--json'], {
      env: { ...settings, HOME: folder },
    });
    expect(JSON.parse(ran.stdout)).toMatchObject([{ name: 'Acme Dental' }]);
  });

  it('looks for the local stack when no database is named, says so, and how to start it', async () => {
    const ran = await run(['accounts', 'list'], { DEV_DB_PORT: '1' });
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr.split('\n')[1]).toBe(
      'The local stack at http://127.0.0.1:1 cannot be reached: start it with `npm run dev`; if it has other ports, set DEV_DB_PORT, DEV_VENDORS_PORT, DEV_MODEL_PORT and PORT here too.',
    );
  });

  it.each([
    ['another Supabase', () => Response.json({ message: 'Invalid API key' }, { status: 401 })],
    ['a web server', () => new Response('<h1>Not found</h1>', { status: 404 })],
  ])('says that %s at its port is not the local stack', async (_, answer) => {
    const other = await serveLocally({ fetch: answer, port: 0 });
    const ran = await run(['keys', 'list'], { DEV_DB_PORT: new URL(other.origin).port });
    await other.stop();
    expect(ran.stderr).toMatch(/Something else than the local stack.*`npm run dev`.*DEV_DB_PORT/);
  });

  it.each([
    ['nobody', null],
    ['another program', () => new Response('<h1>Not found</h1>', { status: 404 })],
    ['another local stack', () => Response.json({ message: 'no such account' }, { status: 401 })],
  ])(
    'names DEV_VENDORS_PORT, and no vendor, where %s is at the stand-ins’ ports',
    async (_, answer) => {
      const other = answer && (await serveLocally({ fetch: answer, port: 0 }));
      const port = other ? new URL(other.origin).port : '1';
      const ports = { DEV_DB_PORT: new URL(database.url).port, DEV_VENDORS_PORT: port };
      const stack = { ...ports, DEV_MODEL_PORT: port, PORT: '1' };
      const [checked, seen] = await Promise.all([
        run(['connections', 'check', '--json'], stack),
        run(['doctor', '--json'], stack),
      ]);
      await other?.stop();
      const problem = z.array(z.looseObject({ problem: z.string() }));
      const problems = problem.nonempty().parse(JSON.parse(checked.stdout));
      for (const each of problems) {
        expect(each.problem).toContain('DEV_VENDORS_PORT');
        expect(each.problem).not.toMatch(/is online|status page/);
      }
      expect(seen.stdout).toContain('DEV_VENDORS_PORT');
      expect(seen.stdout).not.toMatch(/is online|status page/);
    },
  );

  it('has doctor say how to start the local stack', async () => {
    const { exitCode, stdout } = await run(['doctor'], { DEV_DB_PORT: '1', PORT: '1' });
    expect(exitCode).toBe(1);
    for (const check of ['database', 'function']) {
      const remedy = new RegExp(`^problem +${check} .*\\n  → Start it with .npm run dev.`, 'm');
      expect(stdout).toMatch(remedy);
    }
    expect(stdout).not.toMatch(/SUPABASE_URL|PUBLIC_URL/);
  });

  /** Answers the questions in a terminal of its own, each with the next keys. */
  const typeInto = async (args: string, answers: readonly (readonly [RegExp, string])[]) => {
    const child = spawn('script', ['-qec', `'${node}' '${script}' ${args}`, '/dev/null'], {
      env: { ...settings, PATH: process.env.PATH, TERM: 'xterm' },
    });
    let shown = '';
    let answered = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      shown += chunk;
      const [question, keys] = answers[answered] ?? [];
      if (!question?.test(shown)) return;
      answered += 1;
      child.stdin.write(keys ?? '');
    });
    const exitCode = await new Promise((resolve) => child.once('close', resolve));
    expect(answered).toBe(answers.length);
    return { exitCode, shown };
  };

  it.skipIf(!hasPseudoTerminal)('shows nothing of what is typed in a terminal', async () => {
    const { exitCode, shown } = await typeInto('connections add twilio --name Typed --no-check', [
      [/accountSid/, `${anySecret}\r`],
      [/authToken/, `${anySecret}\r`],
    ]);
    expect(exitCode).toBe(0);
    expect(shown).toMatch(/Typed is connected/);
    expect(shown).not.toContain(anySecret);
    expect(await readAllRows(database)).not.toContain(anySecret);
    expect(await readAllRows(database)).toContain('Typed');
  });

  it.skipIf(!hasPseudoTerminal)('has no key that shows it', async () => {
    const controlT = '\u0014';
    const { shown } = await typeInto('connections add twilio --name Toggled --no-check', [
      [/accountSid/, `${anySecret}${controlT}`],
      [/accountSid[\s\S]*accountSid/, '\r'],
      [/authToken/, `${anySecret}\r`],
    ]);
    expect(shown).toMatch(/Toggled is connected/);
    expect(shown).not.toContain(anySecret);
  });

  it.skipIf(!hasPseudoTerminal)('ends with 130 on Ctrl-C at a question', async () => {
    const before = await readAllRows(database);
    const controlC = '\u0003';
    const { exitCode, shown } = await typeInto('connections add twilio --name Left', [
      [/accountSid/, `${anySecret}${controlC}`],
    ]);
    expect(exitCode).toBe(130);
    expect(shown).toMatch(/Interrupted\.\s*$/);
    expect(shown).not.toContain(anySecret);
    expect(await readAllRows(database)).toBe(before);
  });

  it('ends with 130 when it is interrupted', async () => {
    let interrupt = (): unknown => undefined;
    const silent = await serveLocally({
      fetch: () => {
        interrupt();
        return new Promise(() => undefined);
      },
      port: 0,
    });
    const child = spawn(node, [script, 'accounts', 'list'], {
      env: { ...settings, PATH: process.env.PATH, SUPABASE_URL: silent.origin },
    });
    interrupt = () => child.kill('SIGINT');
    const exited = new Promise((resolve) => child.once('close', resolve));
    expect(await text(child.stderr)).toBe('Interrupted.\n');
    expect(await exited).toBe(130);
    await silent.stop();
  });
});
