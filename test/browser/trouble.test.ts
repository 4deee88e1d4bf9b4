import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser } from './chromium.ts';
import { expectStatus, expectText, openPhones, type Phones } from './phones.ts';

describe.skipIf(!hasBrowser)('the phone page, when it is in trouble itself', () => {
  let phones: Phones;
  beforeAll(async () => {
    phones = await openPhones({ viewport: { width: 1440, height: 900 } });
  });
  afterEach(async () => {
    await phones.page.unrouteAll();
    await phones.page.keyboard.press('Escape');
  });
  afterAll(() => phones?.stop());

  const answer = () => phones.page.locator('#answer');
  const verdict = () => phones.page.locator('#verdict');
  const send = async (name: string, text: string) => {
    await phones.choose(name);
    await phones.write(text);
    await phones.press('Send');
  };
  const cut = (path: string) => phones.page.route(path, (route) => route.abort());

  it('shows no earlier answer where none came', async () => {
    await send('SMS', 'Answered');
    await expectText(answer(), 'HTTP 200');
    await cut('**/send-message');
    await phones.press('Send');
    await expectText(verdict(), 'No answer');
    expect(await answer().textContent()).toBe('');
    expect(await phones.page.locator('#exchange-time').textContent()).toBe('');
  });

  it('keeps the key until an answer settles what it is for, and takes a new one for other words', async () => {
    const key = () => phones.page.locator('#idempotency-key').inputValue();
    await cut('**/send-message');
    await send('Email', 'Sent when the line is back');
    await expectText(verdict(), 'No answer');
    const used = await key();
    await phones.page.unrouteAll();
    await phones.press('Send');
    await expectText(verdict(), 'Sent');
    await expect.poll(key).not.toBe(used);
    const { vendors } = phones.stack;
    expect(vendors.sent().filter(({ text }) => text === 'Sent when the line is back')).toHaveLength(
      1,
    );

    await cut('**/send-message');
    const second = await key();
    await phones.press('Send');
    await expectText(verdict(), 'No answer');
    expect(await key()).toBe(second);
    await phones.write('Other words');
    expect(await key()).not.toBe(second);
  });

  it('keeps to the last request, though an earlier one is answered later', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await phones.page.route('**/send-message', async (route) => {
      if (route.request().postDataJSON().content === 'Early') await held;
      await route.continue();
    });
    await send('Email', 'Early');
    await phones.page.getByRole('button', { name: 'Fire it twice' }).click();
    await expectText(verdict(), 'nothing a second time');
    const late = await answer().textContent();
    const arrived = phones.page.waitForResponse('**/send-message');
    release();
    await (await arrived).finished();
    await expectStatus(phones.message('email', 'Early'), 'read');
    expect(await verdict().textContent()).toContain('nothing a second time');
    expect(await answer().textContent()).toBe(late);
  });

  it('says in the trace that the API does not answer', async () => {
    await cut('**/messages/*');
    await phones.phone('sms').locator('.status').last().click();
    await expectText(phones.page.getByRole('dialog'), 'The API does not answer.');
    await phones.page.keyboard.press('Escape');
  });

  it('brings the focus back to a message that changed while its trace was open', async () => {
    phones.stack.vendors.autoReceipts(null);
    await send('Instagram', 'Watched');
    const message = phones.message('instagram', 'Watched');
    await expectStatus(message, 'sent');
    await message.getByRole('button').click();
    await expectText(phones.page.getByRole('dialog'), 'Accepted by the provider');
    const providerMessageId = phones.stack.vendors.sent().at(-1)?.providerMessageId ?? '';
    await phones.stack.vendors.receipt({ providerMessageId, status: 'read' });
    await expectStatus(message, 'read');
    await phones.page.keyboard.press('Escape');
    await phones.page.getByRole('dialog').waitFor({ state: 'hidden' });
    await expect
      .poll(() => message.evaluate((node) => node.contains(document.activeElement)))
      .toBe(true);
    phones.stack.vendors.autoReceipts({ afterMs: 300 });
  });

  it.each([
    ['radio', 'Is down', 'Works'],
    ['switch', 'The AI model is down', ''],
  ] as const)('shows no fault as set that was not: the %s "%s"', async (role, name, instead) => {
    await cut('**/phones/faults');
    const input = phones.page.getByRole(role, { name });
    await input.click();
    await expectText(phones.page.locator('#faults [role=alert]'), 'was not changed');
    await expect.poll(() => input.isChecked()).toBe(false);
    if (instead) {
      await expect
        .poll(() => phones.page.getByRole('radio', { name: instead }).isChecked())
        .toBe(true);
    }
  });

  it('says that a scene cannot be played', async () => {
    await cut('**/phones/*');
    const button = phones.page.getByRole('button', { name: 'Let Jane ask' });
    await button.click();
    const scene = phones.page.getByRole('listitem').filter({ has: button });
    await expectText(scene.getByRole('alert'), 'This was not played to its end.');
    await expect.poll(() => button.getAttribute('aria-busy')).toBeNull();
  });

  it('shows the faults that stand when it is opened', async () => {
    await phones.choose('SMS');
    await phones.choose('Is slow');
    await expectText(phones.phone('sms').locator('.trouble'), 'is slow');
    await phones.page.reload();
    await expectText(phones.phone('sms').locator('.trouble'), 'is slow');
    await expect
      .poll(() => phones.page.getByRole('radio', { name: 'Is slow' }).isChecked())
      .toBe(true);
    await phones.press('Repair everything');
    await expect.poll(() => phones.stack.vendors.standingFaults()).toEqual([]);
  });

  it('leaves nothing broken where it is left within a scene', async () => {
    await phones.page.getByRole('button', { name: 'Lose the answer' }).click();
    await expectStatus(phones.message('instagram', 'Your invoice'), 'sending');
    expect(phones.stack.vendors.standingFaults()).toHaveLength(1);
    await phones.page.goto('about:blank');
    await expect.poll(() => phones.stack.vendors.standingFaults()).toEqual([]);
    await phones.page.goBack();
  });

  it('begins anew when the server does, whose database is another one', async () => {
    await send('SMS', 'Gone');
    await phones.message('sms', 'Gone').waitFor();
    await phones.restart();
    await phones.page.getByText('Live', { exact: true }).waitFor();
    await expect.poll(() => phones.page.locator('.message').count()).toBe(0);
    await send('SMS', 'Anew');
    await expectStatus(phones.message('sms', 'Anew'), 'delivered');
  });
});
