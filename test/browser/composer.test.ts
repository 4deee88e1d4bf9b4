import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { demoData } from '../../dev/demo-data.ts';
import { hasBrowser } from './chromium.ts';
import { expectStatus, expectText, openPhones, type Phones } from './phones.ts';

describe.skipIf(!hasBrowser)('the composer of the phone page', () => {
  let phones: Phones;
  beforeAll(async () => {
    phones = await openPhones({ viewport: { width: 1440, height: 900 } });
  });
  beforeEach(() => phones.page.setViewportSize({ width: 1440, height: 900 }));
  afterEach(async () => {
    await phones.page.unrouteAll();
    expect(phones.problems).toEqual([]);
  });
  afterAll(() => phones?.stop());

  const verdict = () => phones.page.locator('#verdict');
  const send = () => phones.page.locator('#send');
  const key = () => phones.page.locator('#idempotency-key');
  const text = () => phones.page.locator('#composer textarea');
  const taken = (words: string) =>
    phones.stack.vendors.sent().filter((sent) => sent.text === words).length;

  /** Holds the responses back until it is told to let them pass; counts the requests. */
  const holdAnswers = async () => {
    let release = () => {};
    let asked = 0;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await phones.page.route('**/send-message', async (route) => {
      asked += 1;
      await held;
      await route.continue();
    });
    return { release, asked: () => asked };
  };

  it.each([
    ['a key', (shown: string) => shown],
    ['no key', () => ''],
  ])('sends once what is clicked twice, with %s', async (name, choose) => {
    const words = `Clicked twice with ${name}`;
    await phones.choose('SMS');
    await phones.write(words);
    const first = choose(await key().inputValue());
    await key().fill(first);
    const { release, asked } = await holdAnswers();
    await send().dblclick();
    await expect.poll(() => send().getAttribute('aria-disabled')).toBe('true');
    expect(await key().inputValue()).toBe(first);
    await text().press('Control+Enter');
    await phones.page.locator('#again').dispatchEvent('click');
    release();
    await expectText(verdict(), 'Sent');
    await expect.poll(() => send().getAttribute('aria-disabled')).toBe('false');
    expect([asked(), taken(words)]).toEqual([1, 1]);
    expect((await key().inputValue()) === first).toBe(first === '');
    await phones.press('New key');
  });

  it('sends with Ctrl+Enter from the text, and so does a letter of Jane’s', async () => {
    await phones.choose('SMS');
    await phones.write('By Ctrl+Enter');
    await text().press('Control+Enter');
    await expectStatus(phones.message('sms', 'By Ctrl+Enter'), 'delivered');
    const letter = phones.page.getByLabel('Write as Jane on Email', { exact: true });
    await letter.fill('Jane by Ctrl+Enter');
    await letter.press('Enter');
    await letter.press('Control+Enter');
    await phones.message('email', 'Jane by Ctrl+Enter').waitFor();
  });

  it('can be emptied, stays empty, and says why it does not send then', async () => {
    const { asked, release } = await holdAnswers();
    release();
    await phones.choose('WhatsApp');
    await phones.write('');
    await phones.choose('Messenger');
    expect(await text().inputValue()).toBe('');
    await phones.press('Send');
    const problem = phones.page.locator('#content-problem');
    await expectText(problem, 'Write something first');
    expect(await text().getAttribute('aria-invalid')).toBe('true');
    expect(await text().evaluate((node) => node === document.activeElement)).toBe(true);
    expect(asked()).toBe(0);
    await phones.write('Now there is');
    expect(await problem.textContent()).toBe('');
    await phones.press('Send');
    await expectText(verdict(), 'Sent');
  });

  it('lies few tabs behind the phones, however many messages are on them', async () => {
    await expect.poll(() => phones.page.locator('.status').count()).toBeGreaterThan(4);
    const phone = phones.page.getByRole('log', { name: 'Messages on SMS' });
    await phone.focus();
    let tabs = 0;
    while (
      !(await phones.page
        .locator('#composer')
        .evaluate((node) => node.contains(document.activeElement)))
    ) {
      await phones.page.keyboard.press('Tab');
      tabs += 1;
      expect(tabs).toBeLessThan(20);
    }
    await phone.focus();
    const focusedStatus = () =>
      phones
        .phone('sms')
        .locator('.status')
        .evaluateAll((all) => all.findIndex((each) => each.matches(':focus')));
    const last = (await phones.phone('sms').locator('.status').count()) - 1;
    for (const [pressed, index] of [
      ['ArrowUp', last],
      ['ArrowUp', last - 1],
      ['Home', 0],
      ['ArrowDown', 1],
      ['End', last],
    ] as const) {
      await phones.page.keyboard.press(pressed);
      expect(await focusedStatus()).toBe(index);
    }
    await phones.page.keyboard.press('Tab');
    await expect
      .poll(() => phones.page.evaluate(() => document.activeElement?.getAttribute('aria-label')))
      .toBe('Write as Jane on SMS');
  });

  describe('beside the scenes', () => {
    const play = (name: string) => phones.page.getByRole('button', { name }).click();
    const isInView = (channel: 'whatsapp' | 'instagram') =>
      phones.phone(channel).evaluate((node) => {
        const { top, bottom, left, right } = node.getBoundingClientRect();
        return (
          node.checkVisibility() &&
          top < innerHeight &&
          bottom > 0 &&
          left >= 0 &&
          right <= innerWidth
        );
      });

    it.each([390, 768, 1440])(
      'brings WhatsApp into view at %d px when Jane asks there',
      async (width) => {
        await phones.page.setViewportSize({ width, height: 844 });
        await phones.page.evaluate(() => scrollTo(0, 0));
        await play('Let Jane ask');
        await expect.poll(() => isInView('whatsapp')).toBe(true);
      },
    );

    it('has Instagram’s phone within the window’s width at 768 px', async () => {
      await phones.page.setViewportSize({ width: 768, height: 1024 });
      await phones.phone('instagram').scrollIntoViewIfNeeded();
      expect(await isInView('instagram')).toBe(true);
      expect(
        await phones.page
          .locator('#devices')
          .evaluate((node) => node.scrollWidth - node.clientWidth),
      ).toBe(0);
    });

    it('shows the verdict of the scene that was begun last, under its name, and of no other', async () => {
      const { release } = await holdAnswers();
      await play('Fire it twice');
      await expectText(verdict(), 'Fire it twice');
      await play('Let Jane ask');
      await expectText(verdict(), 'Let Jane ask');
      await expectText(verdict(), 'Nobody calls the API here');
      expect(await phones.page.locator('#answer').textContent()).toBe('');
      release();
      await expect.poll(() => phones.page.locator('[aria-busy]').count()).toBe(0);
      expect(await verdict().textContent()).toContain('Nobody calls the API here');
      await phones.press('Send');
      await expect.poll(() => verdict().textContent()).not.toContain('Let Jane ask');
    });
  });

  it('breaks no word of a status in two', async () => {
    await phones.answerAs('WhatsApp', 'k');
    const word = phones.message('whatsapp', 'k').locator('.word');
    const lines = await word.evaluate((node) => {
      const range = document.createRange();
      range.selectNodeContents(node);
      return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size;
    });
    expect(lines).toBe(1);
  });

  it('claims of no phone that it is empty where only the last messages are shown', async () => {
    const { conversationId } = demoData;
    await phones.stack.database.query(`insert into messages
        (id, sub_account_id, conversation_id, channel, sender_type, status, content, created_at)
      select gen_random_uuid(), c.sub_account_id, c.id, 'sms', 'contact', 'received', 'Many ' || n, now() + n * interval '1 ms'
      from conversations c, generate_series(1, 500) n
      where c.external_id = '${conversationId}' or c.id::text = '${conversationId}'`);
    await phones.page.reload();
    await phones.message('sms', 'Many 500').waitFor();
    for (const channel of ['email', 'instagram'] as const) {
      await expectText(
        phones.phone(channel).locator('.empty'),
        'None of the last 200 messages is here',
      );
    }
  });
});
