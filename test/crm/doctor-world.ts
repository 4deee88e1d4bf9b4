import { Readable } from 'node:stream';
import { expect } from 'vitest';
import { z } from 'zod';
import { demoData } from '../../dev/demo-data.ts';
import { type Stack, startStack } from '../../dev/stack.ts';
import { runCrm } from '../../scripts/crm/run.ts';
import type { Fetch } from '../../src/ports/io.ts';

const finding = z.strictObject({
  check: z.string(),
  subject: z.string().nullable(),
  state: z.enum(['ok', 'warning', 'problem', 'skipped']),
  found: z.string().min(1).regex(/^.*$/),
  remedy: z.string().min(1).regex(/^.*$/).nullable(),
});
const output = z.strictObject({ ok: z.boolean(), checks: z.array(finding) });

export type Found = z.output<typeof finding>;

export type Visit = {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly now?: () => number;
  readonly fetch?: Fetch;
  readonly args?: readonly string[];
  readonly interrupted?: AbortSignal;
  /** Private words that the report may contain in this test. */
  readonly shows?: readonly string[];
};

export type Visited = {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
};

const { twilio, meta, resend, openai, anthropic, contact } = demoData;

/** Words that no report may contain: secrets, and people's data. */
const unspeakable = [
  ...[demoData.apiKey, demoData.supabaseSecretKey, demoData.credentialsKey, demoData.cronSecret],
  ...[twilio.accountSid, twilio.authToken, twilio.phoneNumber, twilio.secondPhoneNumber],
  ...[meta.accessToken, meta.instagramAccessToken, meta.appSecret, meta.verifyToken],
  ...[meta.phoneNumberId, meta.displayPhoneNumber, meta.pageId, meta.instagramId],
  ...[resend.apiKey, resend.webhookSecret, resend.from, openai.apiKey, anthropic.apiKey],
  ...Object.values(contact),
  ...[demoData.conversationId, 'hello@acme-dental.example', 'token=elsewhere'],
];

const expectDiscreet = (text: string, shows: readonly string[]): void => {
  for (const word of unspeakable.filter((each) => !shows.includes(each))) {
    expect(text).not.toContain(word);
  }
};

/** The whole product just after a sweep, and `npm run crm -- doctor` beside it, as on a hosted installation. */
export const startDoctorWorld = async (options: Parameters<typeof startStack>[0] = {}) => {
  const stack: Stack = await startStack(options);
  const sweep = async () => {
    const headers = { 'x-cron-secret': demoData.cronSecret };
    await fetch(`${stack.apiUrl}/jobs/sweep`, { method: 'POST', headers });
  };
  await sweep();
  const usual = {
    SUPABASE_URL: stack.database.url,
    SUPABASE_SECRET_KEY: stack.database.secretKey,
    CREDENTIALS_KEY: demoData.credentialsKey,
    PUBLIC_URL: stack.apiUrl,
  };

  const visit = async ({
    environment,
    args = [],
    shows = [],
    ...io
  }: Visit = {}): Promise<Visited> => {
    const texts = { stdout: '', stderr: '' };
    const exitCode = await runCrm(['doctor', ...args], {
      environment: { ...usual, ...environment },
      fetch: stack.fetch,
      stdin: Readable.from([]),
      now: Date.now,
      interrupted: new AbortController().signal,
      ...io,
      terminal: {
        isInteractive: false,
        print: (text) => {
          texts.stdout += `${text}\n`;
        },
        note: (text) => {
          texts.stderr += `${text}\n`;
        },
        askSecret: () => Promise.reject(new Error('nobody is there')),
        confirm: () => Promise.reject(new Error('nobody is there')),
      },
    });
    expectDiscreet(`${texts.stdout}${texts.stderr}`, shows);
    return { exitCode, ...texts };
  };

  /** The same, read by a machine. */
  const examine = async (options: Visit = {}) => {
    const args = ['--json', ...(options.args ?? [])];
    const { exitCode, stdout, stderr } = await visit({ ...options, args });
    expect(stderr).toBe('');
    const { ok, checks } = output.parse(JSON.parse(stdout));
    expect(ok).toBe(exitCode === 0);
    return { exitCode, checks };
  };

  return { stack, sweep, visit, examine, stop: () => stack.stop() };
};

export type DoctorWorld = Awaited<ReturnType<typeof startDoctorWorld>>;

export const statesOf = (checks: readonly Found[]): Readonly<Record<string, readonly string[]>> => {
  const names = [...new Set(checks.map(({ check }) => check))];
  return Object.fromEntries(
    names.map((name) => {
      const states = checks.filter(({ check }) => check === name).map(({ state }) => state);
      return [name, [...new Set(states)].sort()];
    }),
  );
};
