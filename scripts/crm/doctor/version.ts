import { z } from 'zod';
import { openapiDocument } from '../../../src/http/openapi-document.ts';
import { askFunction } from './ask-function.ts';
import type { Check } from './check.ts';
import { type Finding, ok, problem, skipped, warning } from './finding.ts';

const schema = z.object({
  info: z.object({ title: z.string(), version: z.string() }),
  servers: z.tuple([z.object({ url: z.string() })]),
});
type Document = z.output<typeof schema>;

const judge = ({ info, servers }: Document, publicUrl: string): Finding => {
  const { title, version } = openapiDocument.info;
  if (info.title !== title) {
    return problem(
      'another service is there, and not this function',
      'Put the address of the function into PUBLIC_URL.',
    );
  }
  if (servers[0].url !== publicUrl) {
    return problem(
      'the function has another PUBLIC_URL than this environment, so it takes no webhook that signs its address',
      'Give both the same: `npx supabase secrets set --env-file .env.production`, or `npx wrangler deploy --secrets-file .env.production`.',
    );
  }
  return info.version === version
    ? ok(`${title} ${version}, as this checkout`)
    : warning(
        `the function is ${info.version}, this checkout ${version}`,
        'Bring both up to date: `git pull && npm ci`, then docs/deploy.md, step 3.',
      );
};

/** Whether the function is this version, and knows its own address. */
export const version: Check = {
  name: 'version',
  needs: ['function'],
  run: async ({ config, fetch, now, signal }) => {
    if (config === null) return [skipped('environment')];
    const url = `${config.publicUrl}/openapi.json`;
    const answer = await askFunction(url, { fetch, now, signal: signal() });
    const parsed = schema.safeParse(answer.type === 'answered' ? answer.body : undefined);
    if (parsed.success) return [judge(parsed.data, config.publicUrl)];
    return [
      problem(
        'it does not answer /openapi.json as this function does',
        'Put the address of the function into PUBLIC_URL.',
      ),
    ];
  },
};
