import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nextLink } from '../../../src/source/webex/link-header.ts';
import { WebexClient } from '../../../src/source/webex/webex-client.ts';
import { type WebexAuth, WebexTokens } from '../../../src/source/webex/webex-tokens.ts';
import { participant, WebexStandIn } from './webex-stand-in.ts';

const BEGIN = 1_800_000_000;
let now = BEGIN + 3600;
let webex: WebexStandIn;

beforeEach(async () => {
  now = BEGIN + 3600;
  webex = await WebexStandIn.open(() => now);
});
afterEach(() => webex.close());

const refreshing = (): WebexAuth => ({
  tokenUrl: `${webex.url}/v1/access_token`,
  clientId: 'C1',
  clientSecret: () => 'hush',
  refreshToken: () => 'refresh-1',
});

function clientWith(auth: WebexAuth = { token: () => 'token-1' }, timeoutSeconds = 5): WebexClient {
  const tokens = new WebexTokens(auth, { now: () => now, timeoutSeconds });
  return new WebexClient({
    baseUrl: webex.url,
    userAgent: 'otherleg/test',
    token: (refused) => tokens.token(refused),
    retryAfter: (header) => (header === undefined ? undefined : Number(header)),
    timeoutSeconds,
  });
}

const people = (count: number): object[] =>
  Array.from({ length: count }, (_, at) => participant({ joinTime: BEGIN, minutes: 1, webexUserName: `p${at}` }));

const meet = (count = 1, startedAt = BEGIN): void =>
  void webex.meetings.set('m_I_1', { startedAt, items: people(count) });

describe('WebexClient', () => {
  it('asks for a meeting and reads who was there', async () => {
    meet();
    const answer = await clientWith().qualities('m_I_1');
    expect(webex.asked).toEqual(['/v1/meeting/qualities?meetingId=m_I_1&max=100']);
    expect(answer).toMatchObject({ kind: 'items', items: [{ webexUserName: 'p0', joinTime: BEGIN }] });
    expect(answer).not.toHaveProperty('rest');
  });

  it('follows the pages', async () => {
    meet(250);
    const answer = await clientWith().qualities('m_I_1');
    if (answer.kind !== 'items') throw new Error(answer.reason);
    expect(answer.items.map(({ webexUserName }) => webexUserName)).toEqual(people(250).map((_, at) => `p${at}`));
    expect(webex.asked).toHaveLength(3);
  });

  it('keeps what came before a page that is refused, and goes on there', async () => {
    meet(150);
    const limit = { status: 429, headers: { 'Retry-After': '300' }, body: {} };
    webex.fault = (url) => (url.searchParams.has('offset') ? limit : undefined);
    const first = await clientWith().qualities('m_I_1');
    if (first.kind !== 'items') throw new Error(first.reason);
    expect({ ...first, items: first.items.length }).toEqual({
      kind: 'items',
      items: 100,
      rest: `${webex.url}/v1/meeting/qualities?meetingId=m_I_1&max=100&offset=100`,
      retryAfter: 300,
    });
    webex.fault = undefined;
    const second = await clientWith().qualities('m_I_1', first.rest);
    expect(second.kind === 'items' && second.items.length).toBe(50);
  });

  it('takes its token to no other host, and does not go round', async () => {
    const other = await WebexStandIn.open(() => now);
    meet(150);
    webex.link = (right) => right.replace(webex.url, other.url);
    expect(await clientWith().qualities('m_I_1')).toMatchObject({ kind: 'items' });
    expect(other.asked).toEqual([]);
    await other.close();
    now += 300;
    webex.link = () => `<${webex.url}/v1/meeting/qualities?meetingId=m_I_1&max=100>; rel="next"`;
    expect(await clientWith().qualities('m_I_1')).not.toHaveProperty('rest');
  });

  it.each([
    [429, '300', 300],
    [423, '120', 120],
    [503, undefined, undefined],
    [403, undefined, undefined],
    [404, undefined, undefined],
    [302, undefined, undefined],
  ])('tells what came instead: %i', async (status, header, retryAfter) => {
    const body = { message: 'no', trackingId: 'T1' };
    webex.fault = () => ({ status, ...(header && { headers: { 'Retry-After': header } }), body });
    const expected = { kind: 'failed', status, reason: `Webex answered ${status}: no`, trackingId: 'T1' };
    expect(await clientWith().qualities('m')).toEqual({ ...expected, ...(retryAfter && { retryAfter }) });
    expect(webex.asked).toHaveLength(1);
  });

  it('keeps the limits of Webex in sight: too early, asked twice, too late', async () => {
    meet(1, now - 300);
    expect(await clientWith().qualities('m_I_1')).toMatchObject({ status: 404 });
    now += 300;
    expect(await clientWith().qualities('m_I_1')).toMatchObject({ kind: 'items' });
    now += 100;
    expect(await clientWith().qualities('m_I_1')).toMatchObject({ status: 429, retryAfter: 200 });
    now += 7 * 86_400;
    expect(await clientWith().qualities('m_I_1')).toMatchObject({ status: 404 });
  });

  it('never rejects: silence, no host, garbage, a list that is none', async () => {
    webex.fault = () => 'hang';
    expect(await clientWith(undefined, 0.1).qualities('m')).toMatchObject({ kind: 'failed' });
    for (const body of ['<html>', '{"items":1}', '[]', 'null']) {
      webex.fault = () => ({ status: 200, body });
      expect(await clientWith().qualities('m')).toMatchObject({ kind: 'failed', status: 200 });
    }
    const client = clientWith();
    await webex.close();
    expect(await client.qualities('m')).toEqual({ kind: 'failed', reason: expect.stringMatching(/^ECONN/) });
    webex = await WebexStandIn.open();
  });

  it('renews a token that is refused, once', async () => {
    meet();
    const client = clientWith(refreshing());
    expect(await client.qualities('m_I_1')).toMatchObject({ kind: 'items' });
    webex.token = 'token-2';
    now += 300;
    expect(await client.qualities('m_I_1')).toMatchObject({ kind: 'items' });
    expect(webex.tokenForms.map((form) => Object.fromEntries(form))).toEqual([
      { grant_type: 'refresh_token', client_id: 'C1', client_secret: 'hush', refresh_token: 'refresh-1' },
      { grant_type: 'refresh_token', client_id: 'C1', client_secret: 'hush', refresh_token: 'refresh-2' },
    ]);
    webex.fault = () => ({ status: 401, body: {} });
    const before = webex.asked.length;
    expect(await client.qualities('m_I_1')).toMatchObject({ kind: 'failed', status: 401 });
    expect(webex.asked.length - before).toBeLessThanOrEqual(2);
  });

  it('says without any secret that there is no token', async () => {
    const answer = await clientWith({ ...refreshing(), tokenUrl: 'http://127.0.0.1:1/t' }).qualities('m');
    expect(answer).toEqual({ kind: 'failed', reason: 'no token for Webex: ECONNREFUSED' });
  });
});

describe('WebexTokens', () => {
  const timing = { now: () => now, timeoutSeconds: 5 };

  it('renews once for all who ask at once, and again before the end', async () => {
    const tokens = new WebexTokens(refreshing(), timing);
    const all = await Promise.all(Array.from({ length: 20 }, () => tokens.token()));
    expect(new Set(all.map((result) => JSON.stringify(result)))).toEqual(new Set(['{"token":"token-1"}']));
    expect(webex.tokenForms).toHaveLength(1);
    now += 1_209_600 - 301;
    await tokens.token();
    expect(webex.tokenForms).toHaveLength(1);
    now += 2;
    await tokens.token();
    expect(webex.tokenForms).toHaveLength(2);
  });

  it('reads its file each time', async () => {
    const file = join(tmpdir(), `otherleg-webex-${process.pid}`);
    const tokens = new WebexTokens({ token: () => readFileSync(file, 'utf8') }, timing);
    writeFileSync(file, 'one\n');
    expect(await tokens.token()).toEqual({ token: 'one' });
    writeFileSync(file, 'two\n');
    expect(await tokens.token()).toEqual({ token: 'two' });
    rmSync(file);
    expect(await tokens.token()).toEqual({ refused: 'Error' });
  });
});

describe('nextLink', () => {
  const base = 'https://analytics.webexapis.com';
  it.each([
    ['<https://analytics.webexapis.com/a?b=1>; rel="next"', `${base}/a?b=1`],
    ['</a>; rel=next', `${base}/a`],
    ['<https://x.example/>; rel="prev", </b>; title="a, b"; rel="last next"', `${base}/b`],
    ['<https://x.example/>; rel="next"', undefined],
    ['<http://analytics.webexapis.com/a>; rel="next"', undefined],
    ['<https://u@analytics.webexapis.com/a>; rel="next"', undefined],
    ['<https,http://analytics.webexapis.com/a>; rel="first"', undefined],
    ['</a>; rel="nextish"', undefined],
    ['next', undefined],
    [undefined, undefined],
  ])('%s', (header, next) => {
    expect(nextLink(header, `${base}/v1/x`, base)).toBe(next);
  });
});
