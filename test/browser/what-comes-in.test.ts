import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { InboundInput } from '../../dev/vendors/inbound-schema.ts';
import { hasBrowser } from './chromium.ts';
import { expectText, openPhones, type Phones } from './phones.ts';

const screenshots = join(import.meta.dirname, 'screenshots');
const file = (kind: 'image' | 'audio' | 'document', mimeType: string, name?: string) => ({
  kind,
  mimeType,
  ...(name === undefined ? {} : { name }),
});

describe.skipIf(!hasBrowser)('a phone on the page', () => {
  let phones: Phones;
  beforeAll(async () => {
    await mkdir(screenshots, { recursive: true });
    phones = await openPhones({ viewport: { width: 1440, height: 900 } });
  });
  afterEach(() => expect(phones.problems).toEqual([]));
  afterAll(() => phones?.stop());

  /** The last message that Jane wrote there. */
  const last = (channel: InboundInput['channel']) =>
    phones.phone(channel).locator('.message.mine').last();
  const write = async (message: InboundInput) => {
    expect(await phones.stack.vendors.write(message)).toMatchObject({ status: 200 });
  };

  const files: readonly (readonly [string, InboundInput, string])[] = [
    ['a photo', { channel: 'sms', attachments: [file('image', 'image/jpeg')] }, 'Photo'],
    [
      'a spoken message',
      { channel: 'whatsapp', attachments: [file('audio', 'audio/ogg')] },
      'Voice message',
    ],
    ['a picture', { channel: 'facebook', attachments: [file('image', 'image/png')] }, 'Photo'],
    [
      'a letter’s file',
      {
        channel: 'email',
        text: 'Here it is.',
        attachments: [file('document', 'application/pdf', 'x-ray.pdf')],
      },
      'x-ray.pdf',
    ],
    [
      'a place',
      { channel: 'whatsapp', what: { type: 'location', name: 'Old bridge' } },
      'Location',
    ],
    ['a sticker', { channel: 'whatsapp', what: { type: 'sticker' } }, 'Sticker'],
    ['a card', { channel: 'whatsapp', what: { type: 'contact_card' } }, 'Contact card'],
  ];
  it.each(files)('shows %s, which came without text or beside it', async (_, message, shown) => {
    await write(message);
    await expectText(last(message.channel).locator('.attachments'), shown);
    const bubble = await last(message.channel).locator('.bubble').textContent();
    expect(bubble).not.toMatch(/Not written|No text/);
  });

  it('sets apart what is no text of Jane’s: a type that nobody knows', async () => {
    await write({ channel: 'whatsapp', what: { type: 'unknown', word: 'hologram' } });
    await expectText(last('whatsapp').locator('.aside'), 'hologram');
  });

  it('shows a message that Jane corrects as it is now, and one that she takes back no more', async () => {
    await write({ channel: 'whatsapp', text: 'At nien?' });
    await expectText(last('whatsapp'), 'At nien?');
    const [row] = await phones.stack.database.query(
      `select provider_message_id from messages where content = 'At nien?'`,
    );
    const providerMessageId = String(row?.provider_message_id);
    await write({
      channel: 'whatsapp',
      text: 'At nine?',
      what: { type: 'correction', providerMessageId },
    });
    await expectText(last('whatsapp'), 'At nine?');
    await expectText(last('whatsapp').locator('.note'), 'Edited');
    await write({ channel: 'whatsapp', what: { type: 'withdrawal', providerMessageId } });
    await expectText(last('whatsapp').locator('.aside'), 'Jane deleted this message');
    expect(await last('whatsapp').textContent()).not.toContain('At nine?');
  });

  it('shows what a person of Acme Dental wrote in the app, and that this API sent nothing', async () => {
    await write({ channel: 'whatsapp', text: 'I call you at noon.', what: { type: 'echo' } });
    const echo = phones.message('whatsapp', 'I call you at noon.');
    await expectText(echo.locator('.note'), 'Written in WhatsApp by a person');
    expect(await echo.getAttribute('class')).toContain('theirs');
    await echo.getByRole('button').click();
    await expectText(phones.page.getByRole('dialog'), 'this API sent nothing');
    await phones.page.keyboard.press('Escape');
  });

  it('says that a provider was asked where a receipt settled what nobody knew', async () => {
    const { vendors } = phones.stack;
    await phones.choose('Instagram');
    vendors.fail({ host: 'graph.instagram.com', type: 'take_then_hang', times: 1 });
    await phones.write('Settled by its receipt');
    await phones.press('Send');
    const message = phones.message('instagram', 'Settled by its receipt');
    await expect.poll(() => message.getAttribute('data-status'), { timeout: 20_000 }).toBe('read');
    await message.getByRole('button').click();
    const dialog = phones.page.getByRole('dialog');
    await dialog.getByRole('heading', { name: 'Attempts' }).waitFor();
    expect(await dialog.textContent()).not.toContain('No provider was asked');
    await phones.page.keyboard.press('Escape');
  });

  it('is readable with all of it', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await phones.page.emulateMedia({ colorScheme });
      const { violations } = await new AxeBuilder({ page: phones.page }).analyze();
      expect(
        violations.filter(({ impact }) => impact === 'serious' || impact === 'critical'),
      ).toEqual([]);
      await phones.page.screenshot({
        path: join(screenshots, `inbound-${colorScheme}.png`),
        fullPage: true,
      });
    }
  });
});
