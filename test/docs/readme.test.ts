import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { channelProviders } from '../../src/channels/index.ts';
import { replyWindowHours } from '../../src/core/limits.ts';
import { sendMessageBody } from '../../src/http/send-message.ts';
import { channels } from '../../src/ports/channel.ts';
import { messageStatuses } from '../../src/ports/message.ts';
import { commandsOf, readDocument } from './markdown.ts';

const readme = await readDocument('README.md');

const rowsOf = (heading: RegExp): string[][] => {
  const [, after = ''] = readme.split(heading);
  return (/(?:^\|.*\n)+/m.exec(after)?.[0] ?? '')
    .trim()
    .split('\n')
    .slice(2)
    .map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
};

describe('the README', () => {
  it('names every package that runs an install script, and package.json allows these and no others', async () => {
    const lockSchema = z.object({
      packages: z.record(z.string(), z.object({ hasInstallScript: z.boolean().optional() })),
    });
    const { packages } = lockSchema.parse(JSON.parse(await readDocument('package-lock.json')));
    const running = Object.entries(packages).flatMap(([path, { hasInstallScript }]) =>
      hasInstallScript ? [path.split('node_modules/').at(-1) ?? ''] : [],
    );
    const ownSchema = z.object({ allowScripts: z.record(z.string(), z.literal(true)) });
    const { allowScripts } = ownSchema.parse(JSON.parse(await readDocument('package.json')));
    expect(Object.keys(allowScripts)).toEqual([...new Set(running)].sort());
    const [, told = ''] = readme.split('run an install script');
    const names = new Set(
      running.map((name) => (name.startsWith('@') ? name.split('/')[0] : name)),
    );
    for (const name of names) expect(told.slice(0, 400)).toContain(`\`${name}\``);
    expect(names.size).toBe(5);
  });

  it('names each field of a request, and each channel', () => {
    const rows = rowsOf(/^These are the fields of a request/m);
    expect(rows.map(([field]) => field)).toEqual(Object.keys(sendMessageBody.shape));
    const [, , , meaning = ''] = rows.find(([field]) => field === 'channel') ?? [];
    expect(meaning.split(/, | or /)).toEqual([...channels]);
  });

  it('says what each status of a message means', () => {
    const rows = rowsOf(/^This returns the same seven fields/m);
    const named = rows.flatMap(([statuses = '']) => statuses.split(', '));
    expect(named.toSorted()).toEqual(messageStatuses.toSorted());
  });

  it('names each provider on each of its channels, with the fields of its credentials', () => {
    const rows = rowsOf(/^## Connect a provider$/m);
    const served = Object.values(channelProviders).flatMap(({ name, carries }) =>
      Object.keys(carries).map((channel) => `${name} ${channel}`),
    );
    expect(rows.map(([provider, channel]) => `${provider} ${channel}`).sort()).toEqual(
      served.sort(),
    );
    for (const { name, credentials } of Object.values(channelProviders)) {
      const text = rows.filter(([provider]) => provider === name).join();
      if (!(credentials instanceof z.ZodObject)) throw new Error(`${name} takes no object`);
      for (const field of Object.keys(credentials.shape)) expect(text, name).toContain(field);
    }
  });

  it('has the limit of each channel and provider, and its window', () => {
    const rows = rowsOf(/^## Limits$/m);
    expect(rows.map(([channel]) => channel)).toEqual([...channels]);
    for (const [channel, longest = '', window] of rows) {
      const limits = Object.values(channelProviders).flatMap(({ carries }) =>
        Object.entries(carries)
          .filter(([name]) => name === channel)
          .map(([, { text }]) => text),
      );
      const numbers = longest.match(/\d+/g)?.map(Number) ?? [];
      expect(numbers.sort()).toEqual([...new Set(limits.map(({ max }) => max))].sort());
      expect(longest).toContain(limits[0]?.unit);
      const hours = Object.entries(replyWindowHours).find(([name]) => name === channel)?.[1];
      expect(window).toBe(hours === null ? 'no' : `within ${hours} hours`);
    }
  });

  it('has no command that nothing runs', () => {
    const runners = [
      /^npm ci && npm (test|run demo)$/, // .ci/run, see ci.test.ts
      /^npm run faults -- --sends \d+ --seed \d+$/, // .ci/run, with fewer sends
      /^npm run bench$/, // .ci/run, in its short version
      /^npm run dev$|^curl /, // test/hosts/docs-first-message.test.ts
      /^npx supabase db push --remote$/, // with a URL, by everything in test/postgres
      /^npx (supabase (?!db)|wrangler)|^\.\/node_modules\/\.bin\/node /, // test/hosts/docs-deploy.test.ts
      /^npm run (build$|deploy:supabase )/, // the same
      /^npm run crm -- --env /, // test/hosts/docs-commands.test.ts
      /^npm run crm -- (?!--env)/, // test/hosts/docs-first-message.test.ts
    ];
    for (const command of commandsOf(readme)) {
      expect(
        runners.filter((runner) => runner.test(command)),
        command,
      ).toHaveLength(1);
    }
  });
});
