import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';

/** Whether tests in the browser cannot run, and may be left out. */
export const noChromium = !existsSync(CHROMIUM) && process.env['OTHERLEG_TEST_ALL'] !== '1';

export const NEEDS = '(else: apt-get install -y --no-install-recommends chromium)';

/** Who waits this long waits for nothing: a busy machine takes some seconds for what a quiet one does in one. Milliseconds. */
export const HANGS = 90_000;

export const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });

/** A page that writes down what it complains of: errors, its console, and what its policy forbade. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<{ readonly page: Page; readonly complaints: string[] }> {
  const context = await browser.newContext({
    timezoneId: 'Europe/London',
    viewport: { width: 1280, height: 900 },
    ...options,
  });
  context.setDefaultTimeout(HANGS / 2);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(new URL(url).origin)) complaints.push(`asked ${request.url()}`);
  });
  await page.goto(url);
  await page.waitForSelector('main h1');
  return { page, complaints };
}
