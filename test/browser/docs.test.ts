import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../../dev/stack.ts';
import { openapiDocument } from '../../src/http/openapi-document.ts';
import { fetchDocsScript } from '../support/docs-script.ts';
import { hasBrowser, launchBrowser } from './chromium.ts';

const titles = Object.values(openapiDocument.paths)
  .flatMap((path) => Object.values(path))
  .flatMap((operation) => ('summary' in operation ? [operation.summary] : []));

describe.skipIf(!hasBrowser)('GET /docs', () => {
  let stack: Stack;
  let browser: Browser;
  let script: Buffer;

  beforeAll(async () => {
    script = await fetchDocsScript();
    stack = await startStack();
    browser = await launchBrowser();
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await stack?.stop();
  });

  it('shows every operation, without an error, and asks nobody but the CDN and the API', async () => {
    const page = await browser.newPage();
    const problems: string[] = [];
    const strangers: string[] = [];
    page.on('console', (line) => {
      if (line.type() === 'error') problems.push(line.text());
    });
    page.on('pageerror', (error) => problems.push(error.message));
    await page.route('**', (route) => {
      const url = route.request().url();
      if (url.startsWith(stack.apiUrl)) return route.continue();
      if (url.startsWith('https://cdn.jsdelivr.net/npm/@scalar/api-reference@')) {
        const headers = { 'access-control-allow-origin': '*' };
        return route.fulfill({ body: script, contentType: 'text/javascript', headers });
      }
      strangers.push(url);
      return route.abort();
    });

    await page.goto(`${stack.apiUrl}/docs`);
    for (const title of titles) {
      await page.getByText(title).first().waitFor({ state: 'attached', timeout: 20_000 });
    }
    expect(titles.length).toBeGreaterThan(5);
    expect(problems).toEqual([]);
    expect(strangers).toEqual([]);
    await page.close();
  }, 120_000);
});
