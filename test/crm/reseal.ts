import { expect, it } from 'vitest';
import { z } from 'zod';
import { demoData } from '../../dev/demo-data.ts';
import type { Fetch } from '../../src/ports/io.ts';
import type { Crm } from './run-crm.ts';

const { credentialsKey, openai } = demoData;
const newKey = btoa('another-key-of-exactly-32-bytes!');
const firstNew = { CREDENTIALS_KEY: `${newKey},${credentialsKey}` };
const firstOld = { CREDENTIALS_KEY: `${credentialsKey},${newKey}` };
const alone = { CREDENTIALS_KEY: newKey };

const report = z.object({
  connections: z.number(),
  resealed: z.number(),
  not_opened: z.array(z.string()),
  changed_meanwhile: z.array(z.string()),
});

/** `connections reseal`, in two accounts that no other test uses. */
export const describeReseal = (crm: () => Crm): void => {
  const addAccount = async (account: string): Promise<string> => {
    await crm().runJson(['accounts', 'add', account]);
    const environment = { CREDENTIALS: JSON.stringify({ apiKey: openai.apiKey }) };
    const args = ['connections', 'add', 'openai'];
    return z.object({ id: z.string() }).parse(await crm().runJson(args, { account, environment }))
      .id;
  };
  const reseal = (account: string | null, environment: Record<string, string>) =>
    crm().runJson(['connections', 'reseal'], { account, environment }).then(report.parse);
  const opens = async (account: string, environment: Record<string, string>) =>
    (await crm().run(['connections', 'check'], { account, environment })).exitCode === 0;

  it('reseals the account that is named, or all, once', async () => {
    await addAccount('First Sealed');
    await addAccount('Second Sealed');
    try {
      const done = { connections: 1, resealed: 1, not_opened: [], changed_meanwhile: [] };
      expect(await reseal('First Sealed', firstNew)).toEqual(done);
      expect(await reseal('First Sealed', firstNew)).toEqual({ ...done, resealed: 0 });
      expect(await opens('First Sealed', alone)).toBe(true);
      expect(await opens('Second Sealed', alone)).toBe(false);

      const all = await reseal(null, firstNew);
      expect(all).toMatchObject({ resealed: all.connections - 1, not_opened: [] });
      expect(await opens('Second Sealed', alone)).toBe(true);
    } finally {
      await reseal(null, firstOld);
    }
  });

  it('leaves what another has changed meanwhile, and says so', async () => {
    const id = await addAccount('Third Sealed');
    const other = 'v1.db042eaa.changed.meanwhile';
    const around =
      (fetch: Fetch): Fetch =>
      async (url, init) => {
        if (init?.method === 'PATCH') {
          await crm().database.query(
            `update public.connections set credentials = '${other}' where id = '${id}'`,
          );
        }
        return fetch(url, init);
      };
    const options = { account: 'Third Sealed', environment: firstNew, around };
    const { exitCode, stdout } = await crm().run(['connections', 'reseal', '--json'], options);
    expect(exitCode).toBe(1);
    expect(report.parse(JSON.parse(stdout))).toMatchObject({
      resealed: 0,
      changed_meanwhile: [id],
    });
    const [row] = await crm().database.query(
      `select credentials from public.connections where id = '${id}'`,
    );
    expect(row).toEqual({ credentials: other });
    await crm().run(['connections', 'remove', id, '--yes'], { account: 'Third Sealed' });
  });
};
