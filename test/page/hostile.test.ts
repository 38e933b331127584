import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guidOf } from '../store/leg-of.ts';
import { HANGS, launch, NEEDS, noChromium, openPage } from './browser.ts';
import { PageAgent } from './page-agent.ts';
import { storeLeg } from './stored-leg.ts';

/** What a device or a meeting's guest may be called: it must be shown, and do nothing. */
const hostile = (where: string): string =>
  `"><img src=x onerror=alert('${where}')><script>alert(1)</script>\u202Egnp\u0007\nReport to Graph: fine ${'x'.repeat(400)}`;

describe.skipIf(noChromium)(`names from the wire ${NEEDS}`, { timeout: HANGS }, () => {
  let agent: PageAgent;
  let browser: Browser;
  const startedAt = Math.floor(Date.now() / 5000) * 5 - 3600;
  const leg = guidOf('hostile');
  const call = guidOf('hostile call');

  beforeAll(async () => {
    const times = { startedAt, endedAt: startedAt + 300, modalities: [hostile('modality')] };
    const guest = {
      kind: 'participant',
      platform: hostile('platform'),
      applicationIds: [],
      identities: [hostile('identity')],
      displayName: hostile('guest'),
    } as const;
    agent = await PageAgent.open(async (store) => {
      await storeLeg(store, {
        name: 'hostile',
        startedAt,
        seconds: 300,
        channels: ['audio/1'],
        leg: {
          severity: 2,
          device: { name: hostile('device'), description: hostile('description'), room: hostile('room') },
          control: {
            callChainId: call,
            participantId: guidOf('hostile participant'),
            aliases: [hostile('alias')],
            gateway: hostile('gateway'),
            deviceUri: hostile('uri'),
          },
        },
        record: {
          id: call,
          version: 1,
          startedAt,
          endedAt: startedAt + 300,
          sessions: [{ id: hostile('session'), ...times, caller: guest, callee: guest, streams: [] }],
        },
      });
    });
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    await agent?.close();
  });

  it.each([
    ['calls', '#/calls'],
    ['leg', `#/legs/${leg}`],
    ['call', `#/calls/${call}`],
    ['room', `#/rooms/${encodeURIComponent(hostile('room'))}`],
  ])('are text, and no wider than the window: %s', async (_, hash) => {
    for (const width of [1280, 390]) {
      const { page, complaints } = await openPage(browser, `${agent.url}/${hash}`, {
        viewport: { width, height: 844 },
      });
      page.on('dialog', (dialog) => complaints.push(dialog.message()));
      await page.waitForFunction(() => document.body.innerText.includes('<img src=x'));
      await page.waitForLoadState('networkidle');
      expect(await page.locator('main img, main script').count()).toBe(0);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
      expect(complaints).toEqual([]);
      await page.context().close();
    }
  });

  it('write no lines of their own into a ticket', async () => {
    const permissions = ['clipboard-read', 'clipboard-write'];
    const { page } = await openPage(browser, `${agent.url}/#/legs/${leg}`, { permissions });
    await page.getByRole('button', { name: 'Copy for a ticket' }).click();
    await page.waitForFunction(() => document.querySelector('#told')?.textContent === 'Text for a ticket copied');
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied).toContain("onerror=alert('room')");
    expect(copied.split('\n').filter((line) => line.startsWith('Report to Graph:'))).toHaveLength(1);
    expect([...copied].filter((sign) => sign === '\u0007' || sign === '\u202e')).toEqual([]);
    await page.context().close();
  });
});
