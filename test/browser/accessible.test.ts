import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser } from './chromium.ts';
import { expectStatus, expectText, openPhones, type Phones } from './phones.ts';

const screenshots = join(import.meta.dirname, 'screenshots');

const looks = [
  { width: 1440, height: 900, colorScheme: 'light' },
  { width: 1440, height: 900, colorScheme: 'dark' },
  { width: 900, height: 800, colorScheme: 'light' },
  { width: 768, height: 1024, colorScheme: 'light' },
  { width: 390, height: 844, colorScheme: 'light' },
  { width: 390, height: 844, colorScheme: 'dark' },
] as const;

describe.skipIf(!hasBrowser)('the phone page, for everybody', () => {
  let phones: Phones;
  beforeAll(async () => {
    await mkdir(screenshots, { recursive: true });
    phones = await openPhones({ viewport: { width: 1440, height: 900 } });
  });
  afterEach(() => expect(phones.problems).toEqual([]));
  afterAll(() => phones?.stop());

  const seriousOnes = async () => {
    const { violations } = await new AxeBuilder({ page: phones.page }).analyze();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(
        ({ id, nodes }) =>
          `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('\n')}`,
      );
  };
  const focused = () =>
    phones.page.evaluate(() => {
      const node = document.activeElement;
      return node?.getAttribute('aria-label') ?? node?.textContent?.trim() ?? '';
    });
  const tabUntil = async (isThere: () => Promise<boolean>) => {
    for (let presses = 0; presses < 150; presses += 1) {
      await phones.page.keyboard.press('Tab');
      if (await isThere()) return;
    }
    throw new Error(`Tab does not get there; it is at "${await focused()}".`);
  };
  const tabTo = (name: string) => tabUntil(async () => (await focused()).startsWith(name));

  const show = async ({ width, height, colorScheme }: (typeof looks)[number]) => {
    await phones.page.setViewportSize({ width, height });
    await phones.page.emulateMedia({ colorScheme });
  };
  /** In a picture of the whole page, the bottom bar of a narrow window would lie across its middle. */
  const shoot = async (name: string) => {
    const bar = phones.page.locator('.jump');
    await bar.evaluate((node) => node.attributeStyleMap.set('position', 'static'));
    await phones.page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
    await bar.evaluate((node) => node.attributeStyleMap.delete('position'));
  };

  it('is readable before anything has been sent', async () => {
    for (const look of [looks[0], looks[5]]) {
      await show(look);
      expect(await seriousOnes()).toEqual([]);
      await shoot(`empty-${look.width}-${look.colorScheme}`);
    }
    await show(looks[0]);
  });

  it('plays each of its scenes with one click', async () => {
    const verdict = phones.page.locator('#verdict');
    const idle = () =>
      expect.poll(() => phones.page.locator('[aria-busy]').count(), { timeout: 30_000 }).toBe(0);
    const play = async (name: string) => {
      await phones.page.getByRole('button', { name }).click();
      await idle();
    };
    await play('Reach Jane everywhere');
    for (const channel of ['email', 'whatsapp', 'facebook', 'instagram'] as const) {
      await expectStatus(phones.phone(channel).locator('.message').last(), 'read');
    }
    await play('Fire it twice');
    await expectText(verdict, 'nothing a second time');
    await play('Let Jane ask');
    await expectStatus(phones.phone('whatsapp').locator('.message').nth(2), 'read');
    await play('Lose the answer');
    await expectText(verdict, 'Meta took it');
    await expectStatus(phones.phone('instagram').locator('.message').last(), 'read');
    expect(phones.stack.vendors.standingFaults()).toEqual([]);
    await play('Text STOP');
    await expectText(verdict, 'recipient_opted_out');
    await phones.answerAs(
      'Messenger',
      `A long word: ${'x'.repeat(80)} and a long text. `.repeat(3),
    );
    await phones.answerAs('Email', 'Thanks!\n\nCould I come at 11 instead? 🙂\n\nJane');
    await expectStatus(phones.phone('email').locator('.message').nth(2), 'read');
    await phones.page.getByRole('radio', { name: 'Is down' }).check();
  });

  it.each(looks)(
    'has no serious violation and no overflow at $width px, $colorScheme',
    async (look) => {
      await show(look);
      const name = `${look.width}-${look.colorScheme}`;
      expect(await seriousOnes()).toEqual([]);
      const overflow = () =>
        phones.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(await overflow()).toBe(0);
      await shoot(name);

      await phones.page.locator('.device:visible .status').last().click();
      const dialog = phones.page.getByRole('dialog');
      await dialog.getByRole('heading', { name: 'Attempts' }).waitFor();
      expect(await seriousOnes()).toEqual([]);
      await phones.page.screenshot({ path: join(screenshots, `trace-${name}.png`) });
      await phones.page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'hidden' });
    },
  );

  it('shows one phone at a time on a narrow screen, with tabs that take arrow keys', async () => {
    await show(looks[4]);
    const visible = () => phones.page.locator('.device:visible h3').count();
    await phones.page.getByRole('tab', { name: 'SMS' }).click();
    await phones.page.keyboard.press('ArrowRight');
    await phones.page.keyboard.press('ArrowRight');
    await expect.poll(() => focused()).toBe('WhatsApp');
    const panel = phones.page.getByRole('tabpanel');
    await expect.poll(() => panel.count()).toBe(1);
    await expect.poll(() => panel.getAttribute('id')).toBe('phone-whatsapp');
    await expect.poll(() => visible()).toBeLessThanOrEqual(1);
    await phones.page.keyboard.press('End');
    await expect.poll(() => panel.getAttribute('id')).toBe('phone-instagram');
    await expect
      .poll(() => phones.page.getByRole('radio', { name: 'Instagram' }).isChecked())
      .toBe(true);
    await show(looks[0]);
    await expect.poll(() => phones.page.getByRole('tabpanel').count()).toBe(0);
  });

  it('is used with the keyboard alone', async () => {
    await show(looks[0]);
    await phones.page.reload();
    await phones.page.getByText('Live', { exact: true }).waitFor();
    await phones.page.keyboard.press('Tab');
    await expect.poll(() => focused()).toBe('Skip to the composer');
    await phones.page.keyboard.press('Enter');
    await phones.page.keyboard.press('Tab');
    await phones.page.keyboard.press('ArrowRight');
    await phones.page.keyboard.press('ArrowRight');
    await phones.page.locator('#composer [value=whatsapp]:checked').waitFor({ state: 'attached' });
    await tabUntil(() =>
      phones.page.evaluate(() => document.activeElement?.getAttribute('name') === 'content'),
    );
    await phones.page.keyboard.press('ControlOrMeta+A');
    await phones.page.keyboard.type('By keyboard');
    await tabTo('Send');
    await phones.page.keyboard.press('Enter');
    const message = phones.message('whatsapp', 'By keyboard');
    await expectStatus(message, 'read');

    await phones.page.reload();
    await message.waitFor();
    await tabTo('Messages on WhatsApp');
    await phones.page.keyboard.press('ArrowUp');
    await expect
      .poll(() => message.evaluate((node) => node.contains(document.activeElement)))
      .toBe(true);
    await phones.page.keyboard.press('Enter');
    const dialog = phones.page.getByRole('dialog', { name: 'What became of it' });
    await dialog.getByText('Accepted by the provider').waitFor();
    await phones.page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await expect
      .poll(() => phones.page.evaluate(() => document.activeElement?.className))
      .toBe('status');
  });

  it('tells a screen reader what arrived, and not each step of it', async () => {
    const announcer = phones.page.locator('#announcer');
    await announcer.evaluate((node) => {
      new MutationObserver(() => {
        const { said = '' } = document.body.dataset;
        document.body.dataset.said = `${said}${node.textContent}|`;
      }).observe(node, { childList: true });
    });
    const said = () => phones.page.locator('body').getAttribute('data-said');
    await phones.choose('Instagram');
    await phones.write('Said once');
    await phones.press('Send');
    await expectStatus(phones.message('instagram', 'Said once'), 'read');
    await expect.poll(said).toBe('Instagram to Jane: Said once|');
    await sleep(1500);
    expect(await said()).toBe('Instagram to Jane: Said once|');
  });

  it('keeps the colours that one chooses', async () => {
    const theme = () => phones.page.locator('html').getAttribute('data-theme');
    await expect.poll(() => theme()).toBe('light');
    await phones.page.getByRole('button', { name: 'Use dark colours' }).click();
    await phones.page.reload();
    await phones.page.getByText('Live', { exact: true }).waitFor();
    await expect.poll(() => theme()).toBe('dark');
  });
});
