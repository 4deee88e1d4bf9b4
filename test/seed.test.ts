import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Database, startDatabase } from '../dev/database.ts';
import { demoData } from '../dev/demo-data.ts';
import { createAiProviders } from '../src/ai/index.ts';
import { channelProviders } from '../src/channels/index.ts';
import { createCredentialsVault } from '../src/lib/credentials-vault.ts';

let database: Database;

beforeAll(async () => {
  database = await startDatabase();
});
afterAll(() => database.stop());

const connectionRow = z.object({ id: z.string(), provider: z.string(), credentials: z.string() });

describe('supabase/seed.sql', () => {
  it('holds credentials that open with the demo’s key and fit their provider', async () => {
    const vault = createCredentialsVault([demoData.credentialsKey]);
    const ai = createAiProviders({ allowPrivateBaseUrls: false });
    const providers = { ...channelProviders, ...ai };
    const rows = z
      .array(connectionRow)
      .parse(await database.query('select id, provider, credentials from public.connections'));
    expect(rows).toHaveLength(6);
    for (const { id, provider, credentials } of rows) {
      const schema = Object.entries(providers).find(([name]) => name === provider)?.[1].credentials;
      expect(schema?.safeParse(await vault.open(credentials, id)).success, provider).toBe(true);
    }
  });
});
