import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guidOf } from '../store/leg-of.ts';
import { HANGS, launch, NEEDS, noChromium, openPage } from './browser.ts';
import { storeMonth, troubledLeg } from './history.ts';
import { PageAgent } from './page-agent.ts';
import { storeLeg } from './stored-leg.ts';

const NIGHT = guidOf('night');
const TROUBLED = guidOf('troubled');

describe.skipIf(noChromium)(`how the page is laid out ${NEEDS}`, { timeout: HANGS }, () => {
  let agent: PageAgent;
  let browser: Browser;
  const now = Math.floor(Date.now() / 5000) * 5;

  beforeAll(async () => {
    agent = await PageAgent.open(async (store) => {
      await storeMonth(store, now);
      await storeLeg(store, troubledLeg(now - 7200));
      // Over a midnight, of a device without a room, with a side of which nothing is known, and without a call.
      await storeLeg(store, {
        name: 'night',
        startedAt: now - 95_000,
        // Longer than the longest day, at the end of summer time.
        seconds: 25 * 3600 + 60,
        channels: [],
        leg: { control: {}, device: { name: 'unknown device', description: '-', timeZone: 'Europe/Berlin' } },
      });
    });
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    await agent?.close();
  });

  const open = (hash: string, options = {}) => openPage(browser, `${agent.url}/${hash}`, options);

  it.each([
    ['calls', '#/calls?days=30'],
    ['a leg', `#/legs/${TROUBLED}`],
    ['a leg of a day', `#/legs/${NIGHT}`],
    ['a call', `#/calls/${guidOf('troubled call')}`],
    ['a room', '#/rooms/Boardroom'],
    ['outbox', '#/outbox'],
  ])('needs no scrolling sideways on a telephone: %s', async (_, hash) => {
    const { page } = await open(hash, { viewport: { width: 390, height: 844 } });
    await page.waitForLoadState('networkidle').catch(() => undefined);
    if (hash.includes(TROUBLED))
      await page.waitForFunction(() => document.querySelector('.figures')?.textContent?.includes('Teams leg'));
    expect(await tooWide(page)).toEqual([]);
    await page.context().close();
  });

  it('tells the worst figure in narrow lists, too', async () => {
    const { page } = await open('#/calls?days=30', { viewport: { width: 390, height: 844 } });
    const row = page.locator('tbody tr', { hasText: '14 % of the video' });
    expect(await row.locator('.worst').innerText()).toMatch(/1\.4 × poor\s*Video from the room/);
    expect(await row.locator('.worst').isVisible()).toBe(true);
    await page.context().close();
  });

  it('says on which day a leg ended, where it began on another', async () => {
    const { page } = await open(`#/legs/${NIGHT}`);
    expect(await page.locator('.when').innerText()).toMatch(
      /^\w+ \d+ \w+ \d{4}, [\d:]+ – \w+ \d+ \w+ \d{4}, [\d:]+ CES?T/,
    );
    await page.context().close();
  });

  it('finds by name the worst first, of as many days as were asked for, and legs without a call', async () => {
    const { page } = await open('#/calls?q=boardroom&days=30');
    const levels = await page.locator('td.mark').allInnerTexts();
    expect(levels.slice(0, 3).map((text) => text.replace(/\s/g, ''))).toEqual(['✕poor', '✕poor', '✕poor']);
    const counted = levels.length;
    await page.getByRole('link', { name: 'day', exact: true }).click();
    await page.waitForFunction((most) => document.querySelectorAll('td.mark').length < most, counted);
    await page.fill('#q', 'unknown');
    await page.press('#q', 'Enter');
    await page.waitForFunction(() => document.querySelectorAll('td.mark').length === 1);
    expect(await page.locator('td.sentence a').getAttribute('href')).toBe(`#/legs/${NIGHT}`);
    await page.context().close();
  });

  it('prints every plot, and nothing that is to be pressed', async () => {
    const { page } = await open(`#/legs/${TROUBLED}`, { colorScheme: 'dark' });
    await page.waitForSelector('.board');
    const plots = await page.locator('.panel').count();
    expect(plots).toBeGreaterThan(20);
    // Counted when the paper is made: afterwards only what is in sight is drawn.
    await page.evaluate(() =>
      addEventListener('beforeprint', () => {
        document.body.dataset['printed'] = String(document.querySelectorAll('.panel .u-over').length);
      }),
    );
    const paper = await page.pdf({ format: 'A4' });
    expect(paper.subarray(0, 5).toString()).toBe('%PDF-');
    expect(await page.evaluate(() => document.body.dataset['printed'])).toBe(String(plots));
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await page.locator('button:visible').count()).toBe(0);
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(255, 255, 255)');
    await page.context().close();
  });

  it('lays a leg and a list out on paper as on a wide screen: both ways beside each other, calls in rows', async () => {
    // A4 less its margins.
    const paper = { viewport: { width: 700, height: 1000 } };
    const { page } = await open(`#/legs/${TROUBLED}`, paper);
    await page.locator('.panel').first().scrollIntoViewIfNeeded();
    await page.waitForSelector('.panel canvas');
    await page.emulateMedia({ media: 'print' });
    const sides = await page.locator('.channel').first().locator('.side').all();
    const [from, to] = await Promise.all(sides.map((side) => side.boundingBox()));
    expect(to?.y).toBe(from?.y);
    const cut = await page.locator('.plot:has(canvas)').evaluateAll((plots) =>
      plots.map((plot) => {
        const { width = 0 } = plot.querySelector('canvas')?.getBoundingClientRect() ?? {};
        return Math.round(width) - Math.round(plot.getBoundingClientRect().width);
      }),
    );
    expect(cut.length).toBeGreaterThan(0);
    expect(cut.every((pixels) => pixels === 0)).toBe(true);
    expect(await tooWide(page)).toEqual([]);
    expect(await page.locator('details:not([open]):visible').count()).toBe(0);
    await page.context().close();
    const list = (await open('#/rooms/Boardroom', paper)).page;
    const row = list.locator('.cards tbody tr').first();
    expect(await row.evaluate((one) => getComputedStyle(one).display)).toBe('grid');
    await list.emulateMedia({ media: 'print' });
    expect(await row.evaluate((one) => getComputedStyle(one).display)).toBe('table-row');
    expect(await tooWide(list)).toEqual([]);
    await list.context().close();
  });

  it('copies a link that leads to what is seen, and says so to everybody', async () => {
    const { page } = await open(`#/legs/${TROUBLED}`, { permissions: ['clipboard-read', 'clipboard-write'] });
    await page.waitForSelector('.board');
    await page.locator('.board').focus();
    await page.keyboard.press('+');
    // It is to be seen for three seconds only: who looks for it looks from before.
    const told = page.waitForFunction(() => document.querySelector('.toast')?.textContent === 'Link copied');
    await page.getByRole('button', { name: 'Copy link' }).click();
    await told;
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(page.url());
    expect(page.url()).toContain('from=');
    await page.context().close();
  });
});

/** What is wider than its place. */
const tooWide = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() => [
    ...(document.documentElement.scrollWidth > innerWidth ? ['the page'] : []),
    ...[...document.querySelectorAll('.scroll')]
      .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth + 1)
      .map((one) => one.getAttribute('aria-label') ?? one.className),
  ]);
