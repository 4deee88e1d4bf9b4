import { z } from 'zod';
import { localStackRemedy } from '../local-stack/advice.ts';
import type { FunctionAnswer } from './ask-function.ts';
import type { Check } from './check.ts';
import { type Finding, ok, problem, skipped } from './finding.ts';

type Answered = Extract<FunctionAnswer, { type: 'answered' }>;

const healthy = z.object({ status: z.literal('ok') });
const ourError = z.object({ error: z.object({ code: z.string() }) });

const deploy = 'docs/deploy.md, step 3, has the commands for each host';

const onSilence = {
  name: ['its name does not resolve', 'See whether PUBLIC_URL is spelled right.'],
  refused: [
    'nobody listens there',
    `See whether PUBLIC_URL is right, and start the function: ${deploy}.`,
  ],
  tls: [
    'no secure connection comes about',
    'See whether PUBLIC_URL is right, and renew the certificate there: `curl -v` with PUBLIC_URL shows what is wrong with it.',
  ],
  late: [
    'it does not answer in time',
    'See its log: `npx supabase logs --remote`, `npx wrangler tail`, or what Node prints.',
  ],
  broken: [
    'the connection breaks off',
    'See its log: `npx supabase logs --remote`, `npx wrangler tail`, or what Node prints.',
  ],
} as const satisfies Record<string, readonly [string, string]>;

const onOurError = (code: string): Finding =>
  code === 'internal_error'
    ? problem(
        'it is not configured: it answers everything with internal_error',
        'Its log names what is missing, in a line with not_configured: `npx supabase logs --remote --search not_configured`, `npx wrangler tail`, or what Node prints.',
      )
    : problem(
        `it answers /health with ${code}`,
        'End PUBLIC_URL with the path that the function is mounted at: /functions/v1/crm-api.',
      );

const onPlatform = ({ status, contentType }: Answered): Finding => {
  if (status === 401) {
    return problem(
      'the platform asks for a token of its own before the function is asked',
      'Turn verify_jwt off, also in the dashboard: `npx supabase functions deploy crm-api --use-api` from this checkout does it.',
    );
  }
  if (status === 404) {
    return problem(
      'there is nothing at this path',
      `End PUBLIC_URL with /functions/v1/crm-api, and deploy: ${deploy}.`,
    );
  }
  if (status >= 300 && status < 400) {
    return problem(
      'it leads on to another address, where vendors do not follow',
      'Put the address that it leads to into PUBLIC_URL.',
    );
  }
  if (status >= 500) {
    return problem(
      `it fails with HTTP ${status} before it can answer`,
      'See its log: `npx supabase logs --remote`, `npx wrangler tail`, or what Node prints.',
    );
  }
  const what = contentType.includes('html') ? 'a web page' : 'something else';
  return problem(
    `${what} is there, and not this function (HTTP ${status})`,
    'Put the address of the function into PUBLIC_URL; `curl` with it and /health has to answer {"status":"ok"}.',
  );
};

const judge = (answer: FunctionAnswer, isLocal: boolean): Finding => {
  if (answer.type === 'silent') {
    const [found, remedy] = onSilence[answer.why];
    return problem(found, isLocal ? localStackRemedy : remedy);
  }
  if (answer.status === 200 && healthy.safeParse(answer.body).success) {
    return ok('is well at PUBLIC_URL');
  }
  const error = ourError.safeParse(answer.body);
  const finding = error.success ? onOurError(error.data.error.code) : onPlatform(answer);
  return isLocal ? { ...finding, remedy: localStackRemedy } : finding;
};

/** Checks the program that answers at PUBLIC_URL. */
export const deployed: Check = {
  name: 'function',
  needs: [],
  run: async ({ config, health, isLocal }) =>
    config === null ? [skipped('environment')] : [judge(await health(), isLocal)],
};
