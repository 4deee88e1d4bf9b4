import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { modelReplies } from '../../dev/model.ts';
import { hasBrowser } from './chromium.ts';
import { expectStatus, expectText, openPhones, type Phones } from './phones.ts';

const channels = [
  ['sms', 'SMS', 'delivered'],
  ['email', 'Email', 'read'],
  ['whatsapp', 'WhatsApp', 'read'],
  ['facebook', 'Messenger', 'read'],
  ['instagram', 'Instagram', 'read'],
] as const;

describe.skipIf(!hasBrowser)('the phone page', () => {
  let phones: Phones;
  beforeAll(async () => {
    phones = await openPhones({ viewport: { width: 1440, height: 900 } });
  });
  afterEach(() => expect(phones.problems).toEqual([]));
  afterAll(() => phones?.stop());

  const verdict = () => phones.page.locator('#verdict');
  const taken = (text: string) => phones.stack.vendors.sent().filter((sent) => sent.text === text);

  it.each(channels)('shows on %s what was sent, and its receipts', async (channel, name, last) => {
    const text = `Confirmed on ${name}.`;
    await phones.choose(name);
    await phones.write(text);
    await phones.press('Send');
    await expectText(verdict(), 'Sent');
    await expectStatus(phones.message(channel, text), last);
    expect(taken(text)).toHaveLength(1);
  });

  it('shows one more tick for each receipt on WhatsApp', async () => {
    const { vendors } = phones.stack;
    vendors.autoReceipts(null);
    await phones.choose('WhatsApp');
    await phones.write('Ticks');
    await phones.press('Send');
    const message = phones.message('whatsapp', 'Ticks');
    const tick = () =>
      message.locator('.status .icon').evaluate((icon) => {
        const drawn = icon.querySelector('path')?.getAttribute('d') ?? '';
        return { ticks: drawn.split(/[Mm]/).length - 1, colour: getComputedStyle(icon).color };
      });
    await expectStatus(message, 'sent');
    const [sent] = taken('Ticks');
    const id = sent?.providerMessageId ?? '';
    const grey = (await tick()).colour;
    expect(await tick()).toEqual({ ticks: 1, colour: grey });
    await vendors.receipt({ providerMessageId: id, status: 'delivered' });
    await expectStatus(message, 'delivered');
    expect(await tick()).toEqual({ ticks: 2, colour: grey });
    await vendors.receipt({ providerMessageId: id, status: 'read' });
    await expectStatus(message, 'read');
    const { ticks, colour } = await tick();
    expect(ticks).toBe(2);
    expect(colour).not.toBe(grey);
    vendors.autoReceipts({ afterMs: 300 });
  });

  it.each(channels)(
    'brings what Jane writes on %s to the agent, who answers once',
    async (channel, name) => {
      const list = phones.phone(channel).locator('.message');
      const before = await list.count();
      const question = `Is ${name} fine?`;
      await phones.answerAs(name, question);
      await expectStatus(phones.message(channel, question), 'received');
      const answer = list.nth(before + 1);
      await expectStatus(answer, channel === 'sms' ? 'delivered' : 'read');
      const words = await answer.locator('.bubble').textContent();
      expect(modelReplies.some((reply) => words?.includes(reply))).toBe(true);
      expect(await list.count()).toBe(before + 2);
    },
  );

  it('shows that the agent is writing', async () => {
    phones.stack.model.next({ type: 'late', ms: 2000, text: 'Written slowly.' });
    await phones.choose('Messenger');
    await phones.choose('The AI agent’s');
    await phones.write('Say hello.');
    await phones.press('Send');
    await phones.phone('facebook').locator('.typing').waitFor();
    await expectStatus(phones.message('facebook', 'Written slowly.'), 'read');
    expect(await phones.phone('facebook').locator('.typing').count()).toBe(0);
    await phones.choose('Mine, as they are');
  });

  it('answers at once where that is asked for, and sends later', async () => {
    await phones.choose('Email');
    await phones.page.getByLabel('Answer at once').check();
    await phones.write('Later');
    await phones.press('Send');
    await expectText(verdict(), 'sent in the background');
    await expectText(phones.page.locator('#answer'), 'preference-applied: respond-async');
    await expectStatus(phones.message('email', 'Later'), 'read');
    await phones.page.getByLabel('Answer at once').uncheck();
  });

  it('says that a replay brought the contact nothing a second time', async () => {
    await phones.choose('Instagram');
    await phones.write('Only once');
    await phones.press('Send');
    await expectText(verdict(), 'Sent');
    await phones.press('Send the same again');
    await expectText(verdict(), 'the contact got nothing a second time');
    await expectText(phones.page.locator('#answer'), 'idempotent-replayed: true');
    await expectStatus(phones.message('instagram', 'Only once'), 'read');
    const bubbles = phones.phone('instagram').locator('.message', { hasText: 'Only once' });
    expect(await bubbles.count()).toBe(1);
    expect(taken('Only once')).toHaveLength(1);
  });

  it('copies a curl that sends the same', async () => {
    await phones.write("It's for a shell");
    await phones.press('Copy');
    const curl = await phones.page.evaluate(() => navigator.clipboard.readText());
    expect(curl).toContain(`curl -s ${phones.stack.apiUrl}/send-message`);
    expect(curl).toContain("It'\\''s for a shell");
    expect(curl).toContain("-H 'Idempotency-Key: demo-");
  });

  it('shows markup that somebody writes as text', async () => {
    const markup = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
    await phones.answerAs('Messenger', markup);
    await phones.choose('WhatsApp');
    await phones.write(markup);
    await phones.press('Send');
    for (const channel of ['facebook', 'whatsapp'] as const) {
      await phones.message(channel, markup).waitFor();
    }
    await phones.message('whatsapp', markup).getByRole('button').click();
    await expectText(phones.page.locator('dialog blockquote'), markup);
    await phones.page.keyboard.press('Escape');
    expect(await phones.page.locator('img, .message script, dialog script').count()).toBe(0);
    expect(await phones.page.title()).toBe('Five phones · crm-api');
  });

  it('refuses the next SMS after STOP', async () => {
    await phones.answerAs('SMS', 'STOP');
    await expectText(phones.phone('sms').locator('.notice'), 'Jane opted out');
    await phones.choose('SMS');
    await phones.write('After STOP');
    await phones.press('Send');
    await expectText(verdict(), 'recipient_opted_out · retry: never');
    expect(taken('After STOP')).toEqual([]);
    await phones.answerAs('SMS', 'START');
    await phones.phone('sms').locator('.notice').waitFor({ state: 'hidden' });
  });
});
