import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guidOf } from '../store/leg-of.ts';
import { launch, NEEDS, noChromium, openPage } from './browser.ts';
import { PageAgent } from './page-agent.ts';

const LEG = guidOf('goes on');
const OTHER = guidOf('begins later');

describe.skipIf(noChromium)(`the page while its agent comes and goes ${NEEDS}`, () => {
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
    expect(await page.locator('#lost').isVisible()).toBe(false);
    expect(await page.locator('tbody tr').count()).toBe(2);
    expect(await page.locator('nav .count').innerText()).toBe(' 2');
    await leg.page.locator('#lost').waitFor({ state: 'hidden' });
    await agent.client.end(LEG);
    await page.locator(`tr[data-leg="${LEG}"]`).waitFor({ state: 'detached' });
    await leg.page.waitForFunction(() => document.querySelector('h1 .live') === null);
    await page.context().close();
    await leg.page.context().close();
  }, 40_000);

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
