import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { checkSenderAddress } from '../../scripts/crm/sender-address.ts';
import { channelProviders } from '../../src/channels/index.ts';
import { channels } from '../../src/ports/channel.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'src/channels');
const providerLike = z.object({ name: z.string(), carries: z.object({}), send: z.function() });

const exportedProviders = async () => {
  const files = (await readdir(folder)).filter((file) => file !== 'index.ts');
  const found = await Promise.all(
    files.map(async (file) => {
      const module: Record<string, unknown> = await import(join(folder, file));
      const providers = Object.entries(module).filter(
        ([, it]) => providerLike.safeParse(it).success,
      );
      return providers.map(([key, provider]) => ({ file, key, provider }));
    }),
  );
  return found.flat();
};

describe('the registry of channel providers', () => {
  test('holds every provider in the folder, under the name of its file', async () => {
    const providers = await exportedProviders();
    expect(Object.keys(channelProviders).sort()).toEqual(providers.map(({ key }) => key).sort());
    for (const { file, key, provider } of providers) {
      expect(file).toBe(`${key}.ts`);
      expect(provider).toBe(channelProviders[key]);
      expect(channelProviders[key]?.name).toBe(key);
    }
  });

  test('serves every channel', () => {
    const served = Object.values(channelProviders).flatMap(({ carries }) => Object.keys(carries));
    expect(new Set(served)).toEqual(new Set(channels));
  });

  test.each(Object.values(channelProviders))(
    'has the tests, the guide and the senders of $name',
    async ({ name, carries }) => {
      const guide = `docs/providers/${name}.md`;
      for (const file of [`test/channels/${name}.test.ts`, guide])
        await expect(stat(join(root, file)), file).resolves.toBeDefined();
      expect(await readFile(join(root, 'README.md'), 'utf8')).toContain(`(${guide})`);
      for (const channel of channels.filter((channel) => Object.hasOwn(carries, channel)))
        expect(() => checkSenderAddress(name, channel, '<>')).toThrow(`does not fit ${name}`);
    },
  );

  test('counts only Resend as safe to repeat', () => {
    const repeatable = Object.values(channelProviders).filter(
      ({ repeatableForSeconds }) => repeatableForSeconds !== null,
    );
    expect(repeatable.map(({ name }) => name)).toEqual(['resend']);
  });
});
