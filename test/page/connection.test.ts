import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guidOf } from '../store/leg-of.ts';
import { HANGS, launch, NEEDS, noChromium, openPage } from './browser.ts';
import { PageAgent } from './page-agent.ts';

const LEG = guidOf('goes on');
const OTHER = guidOf('begins later');
const LATE = guidOf('begins while a list is read');

describe.skipIf(noChromium)(`the page while its agent comes and goes ${NEEDS}`, { timeout: HANGS }, () => {
  let agent: PageAgent;
  let browser: Browser;

  beforeAll(async () => {
    agent = await PageAgent.open();
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    await agent?.close();
  });

  const begin = (id: string) =>
    agent.client.putLeg(id, { deviceAddress: '10.1.2.3', channels: [{ media: 'audio', channelIndex: 1 }] });

  it('says that it is stale, and after a restart shows what is', async () => {
    await begin(LEG);
    const { page } = await openPage(browser, `${agent.url}/#/live`);
    const leg = await openPage(browser, `${agent.url}/#/legs/${LEG}`);
    await page.locator(`tr[data-leg="${LEG}"]`).waitFor();
    expect(await page.locator('#lost').isVisible()).toBe(false);
    await agent.restart(async () => {
      for (const one of [page, leg.page]) await one.locator('#lost').waitFor({ state: 'visible' });
    });
    await begin(OTHER);
    await page.locator(`tr[data-leg="${OTHER}"]`).waitFor();
    await page.locator('#lost').waitFor({ state: 'hidden' });
    await page.locator('nav .count', { hasText: /^\s*2$/ }).waitFor();
    expect(await page.locator('tbody tr').count()).toBe(2);
    await leg.page.locator('#lost').waitFor({ state: 'hidden' });
    await agent.client.end(LEG);
    await page.locator(`tr[data-leg="${LEG}"]`).waitFor({ state: 'detached' });
    await leg.page.waitForFunction(() => document.querySelector('h1 .live') === null);
    await page.context().close();
    await leg.page.context().close();
  });

  it('keeps what began while older lists were under way', async () => {
    const { page } = await openPage(browser, `${agent.url}/#/live`);
    const before = await page.locator('tbody tr').count();
    const arrived: Promise<void>[] = [];
    const began = Promise.withResolvers<void>();
    // What is listed for the view, and once more for it and for the count when the events begin, comes after an event.
    await page.route('**/v1/legs?*state=live*', async (route) => {
      const answer = await route.fetch();
      arrived.push(began.promise.then(() => route.fulfill({ response: answer })));
    });
    await page.reload({ waitUntil: 'commit' });
    await expect.poll(() => arrived.length, { timeout: 30_000 }).toBe(3);
    await begin(LATE);
    await page.locator('#told', { hasText: 'Boardroom began' }).waitFor({ state: 'attached' });
    began.resolve();
    await Promise.all(arrived);
    await page.locator('main h1').waitFor();
    await page.waitForLoadState('networkidle');
    expect(await page.locator(`tr[data-leg="${LATE}"]`).count()).toBe(1);
    expect(await page.locator('nav .count').innerText()).toBe(` ${before + 1}`);
    await page.context().close();
  });

  it('has one connection, however many views were opened', async () => {
    const { page, complaints } = await openPage(browser, `${agent.url}/#/live`);
    let opened = 0;
    page.on('request', (request) => {
      if (request.url().endsWith('/v1/events')) opened += 1;
    });
    for (const [hash, title] of [
      ['#/calls', 'Calls'],
      ['#/live', 'Live'],
      ['#/outbox', 'Outbox'],
      ['#/live', 'Live'],
    ] as const) {
      await page.evaluate((to) => {
        location.hash = to;
      }, hash);
      await page.waitForFunction((text) => document.querySelector('h1')?.textContent === text, title);
    }
    expect(opened).toBe(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
