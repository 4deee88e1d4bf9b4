import { afterAll, beforeAll, expect, it } from 'vitest';
import { demoData } from '../../dev/demo-data.ts';
import { publicUrl } from '../../dev/machine/host-environment.ts';
import { type Api, startApi } from '../support/api.ts';
import { metaCall } from '../support/webhook-requests.ts';

const { meta, contact } = demoData;

let api: Api;
beforeAll(async () => {
  api = await startApi({ env: { PUBLIC_URL: publicUrl } });
});
afterAll(() => api.stop());

/** Many long messages of one contact in one call, as Meta batches them. */
const batch = (name: string, count: number, text: string) => {
  const messages = Array.from({ length: count }, (_, index) => ({
    from: contact.whatsappNumber.slice(1),
    id: `wamid.${name}-${index}`,
    timestamp: `${Math.floor(Date.now() / 1000)}`,
    type: 'text',
    text: { body: text },
  }));
  const value = {
    messaging_product: 'whatsapp',
    metadata: { phone_number_id: meta.phoneNumberId },
    messages,
  };
  return metaCall({
    object: 'whatsapp_business_account',
    entry: [{ id: '1', changes: [{ field: 'messages', value }] }],
  });
};

// Once with a known length and once as a stream, because each is limited in its own way.
it.each(['known', 'unknown'])(
  'stores all messages of a call of Meta of more than 1 MiB, its length %s',
  { timeout: 60_000 },
  async (known) => {
    const { path, method, headers, body } = batch(known, 280, 'x'.repeat(4_000));
    const length = Buffer.byteLength(body ?? '');
    expect(length).toBeGreaterThan(1.05 * 1024 * 1024);
    const answer = await api.request(path, {
      method,
      headers: { ...headers, ...(known === 'known' ? { 'content-length': `${length}` } : {}) },
      body,
    });
    expect(answer).toMatchObject({ status: 200 });
    const stored = await api.database.query(
      `select count(distinct provider_message_id)::integer as count from public.messages
        where provider_message_id like 'wamid.${known}-%' and length(content) = 4000`,
    );
    expect(stored).toEqual([{ count: 280 }]);
  },
);
