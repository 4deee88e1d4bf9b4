import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const usualPlaces = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const executablePath = [process.env.CHROMIUM_PATH ?? '', ...usualPlaces].find(existsSync);

/** On CI a missing browser is a failure, not a reason to skip. */
export const hasBrowser = executablePath !== undefined || process.env.CI === 'true';

if (!hasBrowser) console.warn('Skipped: no Chromium. Install it, or set CHROMIUM_PATH.');

/** Quiet, and cut off from other machines. */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-sync',
  '--no-first-run',
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
];

export const launchBrowser = (): Promise<Browser> => {
  if (executablePath === undefined) throw new Error('There is no Chromium: install it.');
  return chromium.launch({ executablePath, args });
};
