import { join } from 'node:path';
import { describe, it } from 'vitest';
import { projectFolder } from '../../dev/machine/run-command.ts';
import { hasBrowser } from './chromium.ts';
import { expectStatus, expectText, openPhones } from './phones.ts';

const path = join(projectFolder, 'docs/phones.png');

const last = [
  ['sms', 'delivered'],
  ['email', 'read'],
  ['whatsapp', 'read'],
  ['facebook', 'read'],
  ['instagram', 'read'],
] as const;

/** Each run would change the picture, so it is taken on demand: WRITE_PICTURE=1 npm run test:browser -- picture */
describe.skipIf(!hasBrowser || !process.env.WRITE_PICTURE)('the picture of the README', () => {
  it('shows what was sent to five phones, and what the agent answered', async () => {
    const phones = await openPhones({
      viewport: { width: 1440, height: 930 },
      colorScheme: 'light',
    });
    try {
      await phones.page.getByRole('button', { name: 'Reach Jane everywhere' }).click();
      for (const [channel, status] of last) {
        await expectStatus(phones.phone(channel).locator('.message').first(), status);
      }
      await phones.page.getByRole('button', { name: 'Let Jane ask' }).click();
      await expectStatus(phones.phone('whatsapp').locator('.message').nth(2), 'read');
      await expectText(phones.page.locator('#answer'), 'HTTP 200');
      // Nothing is under the pointer, and nothing has the focus.
      await phones.page.mouse.move(0, 0);
      await phones.page.evaluate('document.activeElement.blur()');
      await phones.page.screenshot({ path });
    } finally {
      await phones.stop();
    }
  });
});
