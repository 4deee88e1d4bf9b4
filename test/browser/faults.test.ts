import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hasBrowser } from './chromium.ts';
import { expectStatus, expectText, openPhones, type Phones } from './phones.ts';

describe.skipIf(!hasBrowser)('the switches of the phone page', () => {
  let phones: Phones;
  beforeAll(async () => {
    phones = await openPhones({ viewport: { width: 1440, height: 900 } });
  });
  beforeEach(async () => {
    phones.stack.vendors.reset();
    phones.stack.model.reset();
    await expect.poll(() => phones.page.locator('.trouble:visible').count()).toBe(0);
  });
  afterEach(() => expect(phones.problems).toEqual([]));
  afterAll(() => phones?.stop());

  const verdict = () => phones.page.locator('#verdict');
  const standing = () => phones.stack.vendors.standingFaults().map(({ type }) => type);
  const sendOn = async (name: string, text: string) => {
    await phones.choose(name);
    await phones.write(text);
    await phones.press('Send');
  };

  it('show that a provider which is down may be asked again', async () => {
    await phones.choose('WhatsApp');
    await phones.choose('Is down');
    await expectText(phones.phone('whatsapp').locator('.trouble'), 'is down');
    await sendOn('WhatsApp', 'While it is down');
    await expectText(verdict(), 'delivery_failed · retry: safe');
    const message = phones.message('whatsapp', 'While it is down');
    await expectStatus(message, 'failed');
    expect(await message.getAttribute('data-arrived')).toBe('false');

    await phones.choose('Works');
    await expect.poll(standing).toEqual([]);
    await phones.press('Send the same again');
    await expectText(verdict(), 'Sent');
    await expectStatus(message, 'sent');
    expect(phones.stack.vendors.sent()).toHaveLength(1);
  });

  it('tell a screen reader what failed in the background', async () => {
    const announcer = phones.page.locator('#announcer');
    await phones.choose('Email');
    await phones.choose('Refuses the address');
    await expect.poll(standing).toEqual(['status']);
    await phones.page.getByLabel('Answer at once').check();
    await sendOn('Email', 'To no inbox');
    await expectStatus(phones.message('email', 'To no inbox'), 'failed');
    await expectText(announcer, 'Email to Jane: To no inbox. Failed, nothing arrived');
    await phones.page.getByLabel('Answer at once').uncheck();
  });

  it('show what a receipt tells, where a provider takes a message and hangs', async () => {
    await phones.choose('Instagram');
    await phones.choose('Accepts, then hangs');
    await expect.poll(standing).toEqual(['take_then_hang']);
    await sendOn('Instagram', 'Told of by its receipt');
    const message = phones.message('instagram', 'Told of by its receipt');
    await expectStatus(message, 'read');
    await expectText(verdict(), 'Meta took it');
    expect(phones.stack.vendors.sent()).toHaveLength(1);
  });

  it('show that nobody knows, where a provider takes a message, hangs, and tells nothing', async () => {
    phones.stack.vendors.autoReceipts(null);
    await phones.choose('Instagram');
    await phones.choose('Accepts, then hangs');
    await expect.poll(standing).toEqual(['take_then_hang']);
    await sendOn('Instagram', 'Into the dark');
    await expectText(verdict(), 'delivery_unknown · retry: check');
    const message = phones.message('instagram', 'Into the dark');
    await expectStatus(message, 'unknown');
    await expectText(message, 'Unknown, but Jane has it');
    await expectText(
      phones.page.locator('#announcer'),
      'Instagram to Jane: Into the dark. Unknown, but Jane has it',
    );
    await message.getByRole('button').click();
    const dialog = phones.page.getByRole('dialog');
    await expectText(dialog, 'meta gave no usable answer');
    await expectText(dialog, 'It may have arrived.');
    await phones.page.keyboard.press('Escape');
    await phones.press('Send the same again');
    await expectText(verdict(), 'nothing a second time');
    expect(phones.stack.vendors.sent()).toHaveLength(1);

    await phones.choose('Is down');
    await expect.poll(standing).toEqual(['status']);
    await sendOn('Instagram', 'Into the dark');
    await expectStatus(message, 'failed');
    expect(await message.getAttribute('data-arrived')).toBe('false');
  });

  it.each([
    ['SMS', 'sms'],
    ['Messenger', 'facebook'],
  ] as const)('show that an address can be refused on %s', async (name, channel) => {
    await phones.choose(name);
    await phones.choose('Refuses the address');
    await expect.poll(standing).toEqual(['status']);
    await sendOn(name, 'To nobody');
    await expectText(verdict(), 'delivery_failed · retry: never');
    await expectText(phones.page.locator('#answer'), 'invalid_recipient');
    await expectStatus(phones.message(channel, 'To nobody'), 'failed');
  });

  it('show a slow provider as a message on its way', async () => {
    await phones.choose('Email');
    await phones.choose('Is slow');
    await expect.poll(standing).toEqual(['delay']);
    await sendOn('Email', 'In no hurry');
    await expectStatus(phones.message('email', 'In no hurry'), 'sending');
    await expectText(verdict(), 'Sent');
    await expectStatus(phones.message('email', 'In no hurry'), 'read');
  });

  it('show what the caller is told when the model is down', async () => {
    await phones.page.getByRole('switch', { name: 'The AI model is down' }).check();
    await expect.poll(() => phones.stack.model.standing()).not.toBeNull();
    await phones.choose('The AI agent’s');
    await sendOn('SMS', 'Say hello.');
    await expectText(verdict(), 'ai_unavailable · retry: safe');
    await phones.press('Repair everything');
    await expect.poll(() => phones.stack.model.standing()).toBeNull();
    await phones.press('Send the same again');
    await expectText(verdict(), 'Sent');
    await phones.choose('Mine, as they are');
  });

  it('follow what others do to the doubles', async () => {
    phones.stack.vendors.fail({
      host: 'api.twilio.com',
      type: 'delay',
      ms: 1,
      times: 'until_reset',
    });
    await expectText(phones.phone('sms').locator('.trouble'), 'is slow');
    phones.stack.vendors.reset();
    await phones.phone('sms').locator('.trouble').waitFor({ state: 'hidden' });
  });
});
