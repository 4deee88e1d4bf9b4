import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { letAgentReply } from '../../dev/let-agent-reply.ts';
import { replyAfter } from '../../dev/model.ts';
import { createPhones } from '../../dev/phones/front.ts';
import { type Stack, startStack } from '../../dev/stack.ts';
import type { Channel } from '../../src/ports/channel.ts';
import { launchBrowser } from './chromium.ts';

export type Phones = {
  readonly stack: Stack;
  readonly page: Page;
  /** The errors of the page: thrown, in its console, and requests that failed. */
  readonly problems: readonly string[];
  phone(channel: Channel): Locator;
  /** The last message on a phone that has this text. */
  message(channel: Channel, text: string): Locator;
  press(name: string): Promise<void>;
  choose(name: string): Promise<void>;
  write(text: string): Promise<void>;
  answerAs(name: string, text: string): Promise<void>;
  /** A new stack with a new database, at the address of the old one. */
  restart(): Promise<void>;
  stop(): Promise<void>;
};

/** Chromium reports each response that is an error; the page is there to show those of the API. */
const isAnswerOfApi = (url: string): boolean => url.endsWith('/crm-api/send-message');

const watchProblems = (page: Page): string[] => {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? '';
    // The stream of a page that was closed.
    if (reason === 'net::ERR_ABORTED' && request.url().endsWith('/phones/events')) return;
    problems.push(`failed: ${request.url()} ${reason}`);
  });
  page.on('console', (message) => {
    if (isAnswerOfApi(message.location().url)) return;
    if (['error', 'warning'].includes(message.type())) problems.push(message.text());
  });
  return problems;
};

const open = async (browser: Browser, origin: string, options: BrowserContextOptions) => {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin });
  const page = await context.newPage();
  const problems = watchProblems(page);
  await page.goto(origin);
  await page.getByText('Live', { exact: true }).waitFor();
  return { page, problems };
};

const start = async (apiPort: number): Promise<Stack> => {
  const stack = await startStack({
    apiPort,
    receipts: { afterMs: 300 },
    modelAnswer: replyAfter(400),
    front: createPhones,
  });
  await letAgentReply(stack);
  return stack;
};

/** The local stack with the page open in a real browser. */
export const openPhones = async (options: BrowserContextOptions = {}): Promise<Phones> => {
  const browser = await launchBrowser();
  let stack = await start(0);
  const { origin, port } = new URL(stack.apiUrl);
  const { page, problems } = await open(browser, origin, options);
  const phone = (channel: Channel) => page.locator(`#phone-${channel}`);
  return {
    get stack() {
      return stack;
    },
    page,
    problems,
    phone,
    message: (channel, text) => phone(channel).locator('.message', { hasText: text }).last(),
    press: (name) => page.getByRole('button', { name, exact: true }).click(),
    choose: (name) => page.getByRole('radio', { name }).check(),
    write: (text) => page.locator('#composer textarea').fill(text),
    answerAs: async (name, text) => {
      await page.getByLabel(`Write as Jane on ${name}`).fill(text);
      await page.getByRole('button', { name: `Send as Jane on ${name}` }).click();
    },
    restart: async () => {
      await stack.stop();
      stack = await start(Number(port));
    },
    stop: async () => {
      await browser.close();
      await stack.stop();
    },
  };
};

/** Waits until the message has this status. */
export const expectStatus = (message: Locator, status: string): Promise<void> =>
  expect.poll(() => message.getAttribute('data-status')).toBe(status);

export const expectText = (locator: Locator, text: string): Promise<void> =>
  expect.poll(() => locator.textContent()).toContain(text);
