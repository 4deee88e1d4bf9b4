import type { Check } from './check.ts';
import { ok, problem, skipped } from './finding.ts';
import { inWords } from './in-words.ts';

/** Milliseconds: it is called once a minute. */
const longest = 300_000;

const remedies = [
  [
    /\.supabase\.co$/,
    'Schedule it in the SQL editor as docs/deploy.md, step 5, says; `npx supabase db query --remote "select * from net._http_response order by created desc limit 5"` shows what its calls got.',
  ],
  [
    /\.workers\.dev$/,
    'The cron trigger of wrangler.toml calls it: deploy with `npx wrangler deploy`, and watch it with `npx wrangler tail`.',
  ],
  [
    /^(127\.0\.0\.1|localhost)$/,
    'The process that serves the function sweeps by itself: start it with `npm run dev` or `npm start`.',
  ],
] as const;

const anywhere =
  'Node sweeps by itself: see whether `npm start` runs; on Supabase and Workers docs/deploy.md, step 5, has how to schedule it.';

const remedyFor = (publicUrl: string | undefined): string => {
  const host = publicUrl === undefined ? '' : new URL(publicUrl).hostname;
  return remedies.find(([pattern]) => pattern.test(host))?.[1] ?? anywhere;
};

/** Whether anybody calls the sweeper. Both times are the database's. */
export const sweeper: Check = {
  name: 'sweeper',
  needs: ['database'],
  run: async ({ installation, config }) => {
    const found = await installation();
    if (found === null) return [skipped('migrations')];
    const remedy = remedyFor(config?.publicUrl);
    if (found.last_sweep_at === null) return [problem('it has never run', remedy)];
    const age = found.now - found.last_sweep_at;
    const words = `it last ran ${inWords(age)} ago`;
    return [age > longest ? problem(words, remedy) : ok(words)];
  },
};
