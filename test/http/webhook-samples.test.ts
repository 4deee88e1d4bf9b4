import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { demoData } from '../../dev/demo-data.ts';
import { publicUrl } from '../../dev/machine/host-environment.ts';
import { toAddressKey } from '../../src/lib/address-key.ts';
import type { Channel } from '../../src/ports/channel.ts';
import { type Api, expectSent, manual, startApi } from '../support/api.ts';
import { createMessageRows, createRest } from '../support/rest.ts';
import { metaCall, resendCall, twilioCall } from '../support/webhook-requests.ts';

const folder = new URL('../../../shared/vendors/samples/', import.meta.url);
const isHere = existsSync(folder);
if (!isHere) console.warn('The vendors’ samples are not here: their tests are skipped.');

const read = (name: string) => readFile(new URL(name, folder), 'utf8');
const samplesSchema = z.record(z.string(), z.unknown());
const payloadSchema = z.object({ object: z.string() }).loose();

describe.skipIf(!isHere)('each sample of the vendors, signed as they sign', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi({ env: { PUBLIC_URL: publicUrl } });
    await write('senders', 'POST', [
      sender('facebook', '100000000000001'),
      sender('instagram', '17841400000000000'),
    ]);
  });
  afterAll(() => api.stop());

  const rest = createRest(() => api);
  const write = (path: string, method: string, body: unknown) =>
    rest(path, { method, body: JSON.stringify(body) });
  const rows = createMessageRows(rest);
  const received = (id: string) => rows(`sender_type=eq.contact&provider_message_id=eq.${id}`);
  const sender = (channel: Channel, address: string) => ({
    sub_account_id: '5ab0acc0-0000-4000-8000-000000000001',
    connection_id: demoData.connectionIds.meta,
    channel,
    address,
    address_key: toAddressKey(channel, address),
  });

  type Call = ReturnType<typeof metaCall>;
  const post = async ({ method, path, headers, body }: Call): Promise<number> => {
    const { status } = await api.request(path, { method, headers, body });
    return status;
  };
  /** A message that was sent under the id in a sample. */
  const sentAs = async (channel: string, providerMessageId: string): Promise<string> => {
    const { message_id } = expectSent(await api.send({ ...manual, channel }));
    const [newest] = await rows(`channel=eq.${channel}&sender_type=eq.user&order=created_at.desc`);
    await write(`messages?id=eq.${newest?.id}`, 'PATCH', {
      provider_message_id: providerMessageId,
    });
    return message_id;
  };
  const statusOf = async (id: string) =>
    z.object({ status: z.string() }).parse((await api.getMessage(id)).body).status;

  it('moves the message that Twilio delivered', async () => {
    const fields = Object.fromEntries(
      new URLSearchParams(await read('twilio.status-delivered.form.txt')),
    );
    const id = await sentAs('sms', fields.MessageSid ?? '');
    expect(await post(twilioCall(fields))).toBe(200);
    expect(await statusOf(id)).toBe('delivered');
  });

  it('keeps the email that Resend sent as sent', async () => {
    const payload = samplesSchema.parse(JSON.parse(await read('resend.sent.json')));
    const { email_id } = z.object({ email_id: z.string() }).parse(payload.data);
    const id = await sentAs('email', email_id);
    expect(await post(resendCall(payload, 'msg_sample', Math.floor(Date.now() / 1000)))).toBe(200);
    expect(await statusOf(id)).toBe('sent');
  });

  it('stores what people write on Instagram, and nothing of reactions', async () => {
    const samples = samplesSchema.parse(JSON.parse(await read('instagram.samples.json')));
    for (const sample of Object.values(samples)) {
      expect(await post(metaCall(payloadSchema.parse(sample)))).toBe(200);
    }
    const all = await rows('sender_type=eq.contact&channel=eq.instagram&order=created_at');
    expect(
      all.map(({ provider_message_id, content, metadata }) => [
        provider_message_id,
        content,
        metadata.attachments?.map(({ kind }) => kind) ?? [],
      ]),
    ).toEqual([
      ['mid.text.1', 'Do you ship to Córdoba?', []],
      ['mid.image.1', null, ['image']],
      ['mid.story.reply.1', 'Is this still available?', ['story']],
      ['mid.story.mention.1', null, ['story_mention']],
      ['mid.quick.1', 'Yes', []],
      ['mid.postback.1', 'Track order', []],
    ]);
  });

  it('stores what people write on Messenger, and heeds deliveries and reads', async () => {
    const samples = samplesSchema.parse(JSON.parse(await read('messenger.vercel-dm-replay.json')));
    const sample = (name: string) => metaCall(payloadSchema.parse(samples[name]));
    expect(await post(sample('firstMessage'))).toBe(200);
    const [first] = await received('m_FAKE_MSG_ID_001');
    const id = await sentAs('facebook', 'm_SENT_MSG_001');
    expect(await post(sample('deliveryConfirmation'))).toBe(200);
    expect(await statusOf(id)).toBe('delivered');

    // As at the time of the sample: sent before its watermark, from the sample's page to the sample's person.
    const [page] = z
      .array(z.object({ id: z.string() }))
      .parse(await rest('senders?address=eq.100000000000001&channel=eq.facebook'));
    await write('messages?provider_message_id=eq.m_SENT_MSG_001', 'PATCH', {
      sent_at: new Date(1_772_998_034_000).toISOString(),
      address_id: first?.address_id,
      sender_id: page?.id,
    });
    expect(await post(sample('readConfirmation'))).toBe(200);
    expect(await statusOf(id)).toBe('read');

    const others = Object.keys(samples).filter((name) => typeof samples[name] === 'object');
    for (const name of others) expect(await post(sample(name))).toBe(200);
    const all = await rows('sender_type=eq.contact&channel=eq.facebook&order=created_at');
    expect(all.map(({ content }) => content)).toEqual([
      'What is Vercel?',
      'Tell me more',
      'Say Hello',
      'Get Started',
      null,
    ]);
    expect(new Set(all.map(({ address_id }) => address_id)).size).toBe(1);
  });

  it('turns away one flipped bit, an old call and another secret, and stores nothing of them', async () => {
    const message = metaCall({
      object: 'page',
      entry: [
        {
          id: '100000000000001',
          messaging: [
            {
              sender: { id: '200000000000009' },
              recipient: { id: '100000000000001' },
              timestamp: Date.now(),
              message: { mid: 'm_forged', text: 'I am Jane' },
            },
          ],
        },
      ],
    });
    const flipped = { ...message, body: message.body?.replace('Jane', 'Kane') ?? '' };
    const elsewhere = {
      ...message,
      path: `/webhooks/meta/${demoData.connectionIds.instagram}`,
      headers: { ...message.headers, 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` },
    };
    const payload = { type: 'email.sent', created_at: new Date().toISOString(), data: {} };
    const old = resendCall(payload, 'msg_old', Math.floor(Date.now() / 1000) - 301);
    const unsigned = { ...message, headers: { 'content-type': 'application/json' } };
    for (const call of [flipped, elsewhere, old, unsigned]) expect(await post(call)).toBe(401);
    expect(await received('m_forged')).toEqual([]);
    expect(await post(message)).toBe(200);
    expect(await received('m_forged')).toHaveLength(1);
  });
});
