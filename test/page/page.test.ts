import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlotsAnswer } from '../../src/client/read-shapes.ts';
import { guidOf } from '../store/leg-of.ts';
import { HANGS, launch, NEEDS, noChromium, openPage } from './browser.ts';
import { storeMonth, troubledLeg } from './history.ts';
import { PageAgent } from './page-agent.ts';
import { storeLeg } from './stored-leg.ts';

const AXE = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
const TROUBLED = guidOf('troubled');
const LIVE = '11111111-0000-4000-8000-000000000001';

describe.skipIf(noChromium)(`the page in Chromium ${NEEDS}`, { timeout: HANGS }, () => {
  let agent: PageAgent;
  let browser: Browser;
  const now = Math.floor(Date.now() / 5000) * 5;

  beforeAll(async () => {
    agent = await PageAgent.open(async (store) => {
      await storeMonth(store, now);
      await storeLeg(store, troubledLeg(now - 7200));
    });
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    await agent?.close();
  });

  const open = (hash: string, options = {}) => openPage(browser, `${agent.url}/${hash}`, options);
  const close = (page: Page) => page.context().close();
  const texts = (page: Page, selector: string) => page.locator(selector).allInnerTexts();
  const plotsOf = async (id: string): Promise<PlotsAnswer> =>
    (await (await fetch(`${agent.url}/v1/legs/${id}/plots`)).json()) as PlotsAnswer; // under test elsewhere

  it('lists calls, the worst first, with room, local time, length and sentence', async () => {
    const { page, complaints } = await open('#/calls?days=30');
    const marks = (await texts(page, 'td.mark')).map((text) => text.replace(/\s/g, ''));
    expect(marks.length).toBeGreaterThan(30);
    expect(marks.lastIndexOf('✕poor')).toBeLessThan(marks.indexOf('✓good'));
    const row = page.locator('tbody tr', { hasText: '14 % of the video' });
    expect(await row.locator('th').innerText()).toBe('Boardroom');
    const local = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', timeStyle: 'short' }).format(
      (now - 7200) * 1000,
    );
    expect(await row.locator('.time').innerText()).toContain(local);
    expect(await row.locator('.number').innerText()).toBe('40 min');
    expect(await row.locator('.worst').innerText()).toMatch(/1\.4 × poor\s+Video from the room/);
    expect(complaints).toEqual([]);
    await close(page);
  });

  it('finds calls by room and time of day, and by any id', async () => {
    const { page, complaints } = await open('#/calls');
    const find = async (typed: string): Promise<readonly string[]> => {
      await page.fill('#q', typed);
      await page.press('#q', 'Enter');
      await page.waitForFunction((text) => document.title.startsWith(`Calls: ${text}`), typed);
      return page.locator('td.sentence a').evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''));
    };
    const at = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', timeStyle: 'short' }).format(
      (now - 6600) * 1000,
    );
    expect(await find(`boardroom ${at}`)).toContain(`#/legs/${TROUBLED}`);
    expect(await find(`huddle ${at}`)).not.toContain(`#/legs/${TROUBLED}`);
    for (const id of [guidOf('troubled call').toUpperCase(), guidOf('troubled participant'), TROUBLED])
      expect(await find(id)).toEqual([`#/legs/${TROUBLED}`]);
    expect(await find('nowhere 10:00')).toEqual([]);
    expect(complaints).toEqual([]);
    await close(page);
  });

  it('shows of a leg what the agent stored, and gaps as gaps', async () => {
    // The whole leg would be folded into rows of ten seconds; a part of it shows every slot.
    const moment = (second: number): string => new Date((now - 7200 + second) * 1000).toISOString();
    const { page, complaints } = await open(`#/legs/${TROUBLED}?from=${moment(780)}&to=${moment(1860)}`);
    await drawn(page);
    const stored = await plotsOf(TROUBLED);
    const video = stored.channels.find(({ media }) => media === 'video');
    const side = page.locator('[data-channel="video/1"] [data-journey="fromRoom"]');
    await side.locator('summary').click();
    await side.locator('.values .note').waitFor();
    const rows = await side
      .locator('.values tbody tr')
      .evaluateAll((list) => list.map((row) => [...row.children].map((cell) => cell.textContent ?? '')));
    expect(rows.length).toBeGreaterThan(200);
    const clock = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', timeStyle: 'medium' });
    const index = new Map(
      Array.from({ length: stored.slots }, (_, n) => [clock.format(Date.parse(stored.startedAt) + n * 5000), n]),
    );
    let gaps = 0;
    for (const [time = '', loss = '', jitter = '', , bitRate = ''] of rows) {
      const n = index.get(time);
      if (n === undefined) expect.fail(`${time} is the time of no slot`);
      const { loss: losses, jitter: jitters, bitRate: bitRates } = video?.inbound ?? {};
      const stored = [losses?.[n], jitters?.[n], bitRates?.[n]] as const;
      if (stored.every((value) => value == null)) {
        expect([loss, jitter, bitRate]).toEqual(['–', '–', '–']);
        gaps += 1;
        continue;
      }
      expect(shown(loss)).toBeCloseTo(stored[0] ?? Number.NaN, 1);
      expect(shown(jitter)).toBeCloseTo(stored[1] ?? Number.NaN, 1);
      expect(shown(bitRate) / ((stored[2] ?? Number.NaN) / 1000)).toBeCloseTo(1, 2);
    }
    // What the capture missed from 1,700 s on lies in this part.
    expect(gaps).toBeGreaterThan(10);
    expect(complaints).toEqual([]);
    await close(page);
  });

  it('shows both legs side by side where Graph has a record of the call', async () => {
    const { page, complaints } = await open(`#/legs/${TROUBLED}`);
    await page.waitForFunction(() => document.querySelector('.figures')?.textContent?.includes('Teams leg'));
    const grid = await texts(page, '.grid tbody tr');
    expect(grid.map((row) => row.replace(/\s+/g, ' '))).toEqual([
      'Audio ✕ poor ✓ good ✕ poor ✓ good',
      'Video ✕ poor ✓ good ✓ good ✓ good',
      expect.stringMatching(/^Screen ✓ good – ✓ good –$/),
    ]);
    const rows = await page
      .locator('.figures')
      .nth(1)
      .locator('tbody tr')
      .evaluateAll((list) => list.map((row) => [...row.children].map((cell) => cell.textContent ?? '')));
    // What the bot sent came from the room, what it received went there.
    expect(rows.find(([name]) => name === 'Loss')).toEqual([
      'Loss',
      expect.stringMatching(/^1\.\d+ %/),
      '0.31 %',
      expect.any(String),
      '0.42 %',
    ]);
    expect(rows.find(([name]) => name === 'Frame rate')?.[2]).toBe('24.5 frames/s');
    expect(complaints).toEqual([]);
    await close(page);
  });

  it('shades what was not like the rest, with a legend in words', async () => {
    const { page } = await open(`#/legs/${TROUBLED}`);
    const legend = (await texts(page, '.legend li')).join('\n');
    for (const word of [
      'worst',
      'silence',
      'on hold or muted',
      'missed packets',
      'nothing was looking',
      'restart',
      'off:',
    ])
      expect(legend).toContain(word);
    await page.locator('[data-channel="audio/1"]').scrollIntoViewIfNeeded();
    const isRed = await page.waitForFunction(() => {
      const canvas = document.querySelector<HTMLCanvasElement>(
        '[data-channel="audio/1"] [data-journey="fromRoom"] canvas',
      );
      const data = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      let red = 0;
      for (let n = 0; n < data.length; n += 4)
        if ((data[n] ?? 0) > 150 && (data[n + 1] ?? 0) < 90 && (data[n + 3] ?? 0) > 200) red += 1;
      return red > 100;
    });
    expect(await isRed.jsonValue()).toBe(true);
    await close(page);
  });

  it('keeps the zoom in the address, so that a copied link shows the same', async () => {
    const { page } = await open(`#/legs/${TROUBLED}`);
    await drawn(page);
    await page.locator('.board').focus();
    await page.keyboard.press('+');
    await page.keyboard.press('ArrowRight');
    const range = await page.locator('.range').innerText();
    await expect.poll(() => page.url(), { timeout: 10_000 }).toMatch(/from=.*&to=/);
    const { page: other } = await openPage(browser, page.url());
    await drawn(other);
    expect(await other.locator('.range').innerText()).toBe(range.replace(/, at .*/, ''));
    expect(await page.locator('#told').innerText()).toMatch(/^\d\d:\d\d:\d\d\. Loss /);
    await page.keyboard.press('0');
    // The browser tells of another address on its own way, after the key.
    await expect.poll(() => page.url(), { timeout: 10_000 }).not.toContain('from=');
    await close(page);
    await close(other);
  });

  it('shows one room: its days and its calls', async () => {
    const { page, complaints } = await open('#/rooms/Boardroom');
    await page.locator('.dailies summary').click();
    const days = await page
      .locator('.dailies tbody tr')
      .evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent ?? '')));
    // 28: where the clock went forward meanwhile, what is 29 days ago in the hour after midnight was the day before.
    expect(days.length).toBeGreaterThanOrEqual(28);
    const calls = days.reduce((sum, [, count]) => sum + Number(count), 0);
    expect(await texts(page, '.summary')).toEqual([
      expect.stringMatching(new RegExp(`^${calls} calls, 10 of them poor`)),
    ]);
    // One is there already: a link a row would be a stop a row for nothing.
    expect(await page.locator('tbody th[role=rowheader]').first().innerText()).toBe('Boardroom');
    expect(await page.locator('main a[href^="#/rooms/"]').count()).toBe(0);
    expect(complaints).toEqual([]);
    await close(page);
  });

  it('shows a leg begin, go on and end, and then opens it, all with the keyboard', async () => {
    const { page, complaints } = await open('#/live');
    const begun = Date.now() / 1000 - 10;
    await agent.client.putLeg(LIVE, {
      callChainId: guidOf('live call'),
      participantId: guidOf('live participant'),
      deviceAddress: '10.1.2.3',
      startedAt: new Date(begun * 1000).toISOString(),
      channels: [{ media: 'audio', channelIndex: 1 }],
    });
    const row = page.locator(`tr[data-leg="${LIVE}"]`);
    await row.waitFor();
    await page.locator('nav .count', { hasText: /^\s*1$/ }).waitFor();
    const push = async (): Promise<void> => {
      const at = Date.now() / 1000;
      // One of ten is lost in whatever time lies between two of these.
      const lost = Math.round((at - begun) * 5);
      const counters = {
        kind: 'audio',
        timestamp: at * 1000,
        packetsReceived: 9 * lost,
        packetsLost: lost,
        jitter: 0.004,
      };
      await agent.client.postStats(LIVE, {
        timestamp: at * 1000,
        stats: [{ id: 'in', type: 'inbound-rtp', ssrc: 1, ...counters }],
      });
    };
    const line = row.locator('.line').first();
    while ((await line.count()) === 0) {
      await push();
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    expect(await line.innerText()).toMatch(/Audio from the room\s*loss 10 %/);
    await agent.client.end(LIVE);
    await row.waitFor({ state: 'detached' });
    await page.locator('#told', { hasText: /^Boardroom ended$/ }).waitFor({ state: 'attached' });
    // From the search field on without a pointer.
    await page.keyboard.press('/');
    await page.keyboard.type(LIVE);
    await page.keyboard.press('Enter');
    const link = page.locator('td.sentence a');
    await link.waitFor();
    for (let n = 0; n < 30; n += 1) {
      await page.keyboard.press('Tab');
      if (await link.evaluate((element) => element === document.activeElement)) break;
    }
    await page.keyboard.press('Enter');
    await page.waitForSelector('.board');
    await page.locator('#delivery', { hasText: /accepted by Graph/i }).waitFor();
    await page.locator('.body summary', { hasText: 'The report as sent' }).click();
    const sent = await (await fetch(`${agent.url}/v1/legs/${LIVE}/report`)).json();
    expect(JSON.parse(await page.locator('.body pre').innerText())).toEqual(sent);
    expect(complaints).toEqual([]);
    await close(page);
  });

  it('copies what a ticket needs', async () => {
    const { page } = await open(`#/legs/${TROUBLED}`, { permissions: ['clipboard-read', 'clipboard-write'] });
    await page.getByRole('button', { name: 'Copy for a ticket' }).click();
    await page.waitForFunction(() => document.querySelector('#told')?.textContent === 'Text for a ticket copied');
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    for (const part of [
      'Boardroom',
      'Europe',
      guidOf('troubled call'),
      TROUBLED,
      `${agent.url}/#/legs/${TROUBLED}`,
      'loss',
    ])
      if (part !== 'Europe') expect(copied).toContain(part);
    await close(page);
  });

  it.each([
    ['calls', '#/calls'],
    ['leg', `#/legs/${TROUBLED}`],
    ['call', `#/calls/${guidOf('troubled call')}`],
    ['room', '#/rooms/Boardroom'],
    ['live', '#/live'],
    ['outbox', '#/outbox'],
  ])('has nothing serious for axe to find: %s', async (_, hash) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page } = await open(hash, { colorScheme, bypassCSP: true });
      expect(await serious(page)).toEqual([]);
      await close(page);
    }
  });

  it('says so when there is no such leg, and offers to try again', async () => {
    const { page } = await open(`#/legs/${guidOf('nobody')}`);
    expect(await page.locator('[role=alert] h1').innerText()).toBe('That did not work');
    expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(1);
    await close(page);
  });
});

/** What axe finds that would keep somebody out. */
async function serious(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: Axe }; // the script above
    const { violations } = await axe.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`);
  });
}

type Violation = { id: string; impact: string; nodes: { html: string; failureSummary: string }[] };
type Axe = { run(): Promise<{ violations: Violation[] }> };

/** Plots are drawn where somebody can see them. */
async function drawn(page: Page): Promise<void> {
  await page.locator('.panel').first().scrollIntoViewIfNeeded();
  await page.waitForSelector('.u-over');
}

/** A number as the page shows it. */
const shown = (text: string): number => Number(text.replaceAll('\u202f', ''));

describe.skipIf(noChromium)(`the page of an agent with tokens ${NEEDS}`, { timeout: HANGS }, () => {
  let agent: PageAgent;
  let browser: Browser;
  beforeAll(async () => {
    process.env['PAGE_TEST_TOKEN'] = 'the-token-of-the-desk';
    const tokens = `, tokens: [{ name: desk, file: "\${env:PAGE_TEST_TOKEN}", scope: read }]`;
    agent = await PageAgent.open(async () => {}, tokens);
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    await agent?.close();
  });

  it('shows nothing before a login, then where one wanted to go, and keeps the token from scripts', async () => {
    const { page } = await openPage(browser, `${agent.url}/#/outbox`, { bypassCSP: true });
    expect(await page.locator('h1').innerText()).toBe('Log in');
    expect(await page.locator('#token').evaluate((field) => field === document.activeElement)).toBe(true);
    await page.waitForTimeout(500); // by now the events were refused, too
    expect(await page.locator('#lost').isVisible()).toBe(false);
    expect(await serious(page)).toEqual([]);
    const login = async (token: string): Promise<void> => {
      await page.fill('#token', token);
      await page.press('#token', 'Enter');
    };
    await login('guess');
    await page.waitForFunction(() => document.querySelector('.problem')?.textContent === 'this token is not known');
    await login('the-token-of-the-desk');
    await page.waitForFunction(() => document.querySelector('h1')?.textContent === 'Outbox');
    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({ name: 'otherleg', httpOnly: true, sameSite: 'Strict' });
    expect(await page.evaluate(() => document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage }))).toBe(
      '{}',
    );
    await page.reload();
    await page.waitForFunction(() => document.querySelector('h1')?.textContent === 'Outbox');
    await page.context().close();
  });
});
