import type { Browser, Route } from 'playwright-core';
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
    expect(await page.locator('#instead').isVisible()).toBe(false);
    await page.close();
  }, 120_000);

  const isScript = (url: string) => url.startsWith('https://cdn.jsdelivr.net/');

  const openWith = async (answer: (route: Route) => unknown, javaScriptEnabled = true) => {
    const context = await browser.newContext({ javaScriptEnabled });
    const page = await context.newPage();
    await page.route('**', (route) =>
      isScript(route.request().url()) ? answer(route) : route.continue(),
    );
    await page.goto(`${stack.apiUrl}/docs`, { waitUntil: 'commit' });
    return page;
  };

  it.each([
    ['is out of reach', (route: Route) => route.abort('namenotresolved'), true],
    ['never answers', () => undefined, true],
    ['has another script', (route: Route) => route.fulfill({ body: 'alert(1)' }), true],
    ['is not asked, without JavaScript', (route: Route) => route.abort(), false],
  ] as const)(
    'says where the document is when the CDN %s',
    async (_, answer, javaScript) => {
      const page = await openWith(answer, javaScript);
      await page.getByRole('heading', { name: 'not here yet' }).waitFor({ timeout: 20_000 });
      expect(await page.locator('body').textContent()).toContain('cdn.jsdelivr.net');
      await page.getByRole('link', { name: 'openapi.json' }).click();
      await page.waitForURL(`${stack.apiUrl}/openapi.json`, { waitUntil: 'commit' });
      await page.context().close();
    },
    60_000,
  );

  it('says nothing of the kind while the script is under way for a moment', async () => {
    const page = await openWith(() => undefined);
    await page.locator('#instead').waitFor({ state: 'attached' });
    expect(await page.locator('#instead').isVisible()).toBe(false);
    await page.context().close();
  }, 60_000);
});
