import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guidOf } from '../store/leg-of.ts';
import { launch, NEEDS, noChromium, openPage } from './browser.ts';
import { troubledLeg } from './history.ts';
import { PageAgent } from './page-agent.ts';
import { storeLeg } from './stored-leg.ts';

const LONG = guidOf('long');
/** The agent keeps a leg that was read for a while, and tells no part of it then. */
const OTHER = guidOf('long too');
const channels = ['audio/1', 'video/1', 'screenSharing/1'];

describe.skipIf(noChromium)(`a leg of hours on the page ${NEEDS}`, () => {
  let agent: PageAgent;
  let browser: Browser;
  const begun = Math.floor(Date.now() / 5000) * 5 - 4 * 3600;

  beforeAll(async () => {
    agent = await PageAgent.open(async (store) => {
      const { record: _, ...told } = troubledLeg(begun);
      for (const name of ['long', 'long too']) await storeLeg(store, { ...told, name, seconds: 2 * 3600 });
      while ((await store.packEnded(0, 10)) > 0);
    });
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    await agent?.close();
  });

  it('shows its first channel before the others are read, and then all in the same part of its time', async () => {
    const moment = (second: number): string => new Date((begun + second) * 1000).toISOString();
    const { page, complaints } = await openPage(browser, `${agent.url}/#/calls`);
    let goOn = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    // The rest comes when the test has seen the first part.
    await page.route(/\/plots$/, async (route) => {
      await held;
      await route.continue();
    });
    await page.goto(`${agent.url}/#/legs/${LONG}?from=${moment(600)}&to=${moment(1200)}`);
    await page.waitForSelector('.board');
    const keys = () => page.locator('[data-channel]').evaluateAll((all) => all.map((one) => one.dataset['channel']));
    expect(await keys()).toEqual(channels.slice(0, 1));
    expect(await page.locator('[role=status].waiting').innerText()).toBe('The other channels are being read …');
    const range = await page.locator('.range').innerText();
    await page.locator('.board').focus();
    goOn();
    await page.waitForFunction((most) => document.querySelectorAll('[data-channel]').length === most, channels.length);
    expect(await keys()).toEqual(channels);
    expect(await page.locator('.range').innerText()).toBe(range);
    expect(await page.locator('.board').evaluate((board) => board === document.activeElement)).toBe(true);
    await page.waitForSelector('.grid');
    expect(await page.locator('.waiting').count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('says that the other channels could not be read, and reads them when it is asked to', async () => {
    const { page } = await openPage(browser, `${agent.url}/#/calls`);
    let isBroken = true;
    await page.route(/\/plots$/, (route) => {
      const json = { detail: 'its thread has ended', status: 500 };
      return isBroken ? route.fulfill({ status: 500, json }) : route.continue();
    });
    await page.goto(`${agent.url}/#/legs/${OTHER}`);
    const again = page.getByRole('button', { name: 'Try again' });
    await again.waitFor();
    const told = page.locator('.problem[role=alert]');
    expect(await told.innerText()).toContain('The other channels could not be read: its thread has ended');
    expect(await page.locator('[data-channel]').count()).toBe(1);
    await again.focus();
    await page.keyboard.press('Enter');
    // Said anew, for who hears the page.
    await again.waitFor();
    isBroken = false;
    await again.focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector('.grid');
    expect(await page.locator('[data-channel]').count()).toBe(channels.length);
    expect(await page.locator('.problem, .waiting').count()).toBe(0);
    expect(await page.locator('main h1').evaluate((heading) => heading === document.activeElement)).toBe(true);
    await page.context().close();
  });
});
