import { beforeEach, describe, expect, it } from 'vitest';
import type { Leg, WebexLeg } from '../../../src/model/leg.ts';
import type { Imported } from '../../../src/source/webex/imported.ts';
import { webexItems } from '../../../src/source/webex/shape.ts';
import type { Qualities } from '../../../src/source/webex/webex-client.ts';
import { WebexSource } from '../../../src/source/webex/webex-source.ts';
import { participant } from './webex-stand-in.ts';

const BEGIN = 1_800_000_000;
const DAY = 86_400;
let now = BEGIN;
let legs: Map<string, Leg>;
let asked: { at: number; meetingId: string; from: string | undefined }[];
let delivered: Map<string, Imported | undefined>;
let warnings: string[];
let answer: (meetingId: string, from?: string) => Qualities;
let source: WebexSource;

const items = (...people: object[]): Qualities => ({ kind: 'items', items: webexItems({ items: people }) ?? [] });
const room = (more: object = {}): object => participant({ joinTime: BEGIN, minutes: 20, ...more });

beforeEach(() => {
  now = BEGIN;
  legs = new Map();
  asked = [];
  delivered = new Map();
  warnings = [];
  answer = () => items(room());
  source = new WebexSource({
    client: {
      qualities: async (meetingId, from) => {
        asked.push({ at: now - BEGIN, meetingId, from });
        return answer(meetingId, from);
      },
    },
    now: () => now,
    waiting: async (id) => legs.get(id),
    deliver: async (id, quality) => {
      delivered.set(id, quality);
      legs.delete(id);
    },
    log: { info: () => undefined, warn: (_, message) => void warnings.push(message) },
  });
});

function ended(mediaLegId: string, seconds: number, webex: Partial<WebexLeg> = { name: 'boardroom' }): Leg {
  const leg: Leg = {
    mediaLegId,
    revision: 1,
    owner: 'here',
    state: 'ended',
    control: { webex: { meetingId: 'm', ...webex } },
    device: { name: 'a', description: 'b', webex: true },
    channels: [],
    earlierIdentifiers: [],
    startedAt: BEGIN,
    endedAt: BEGIN + seconds,
    delivery: { state: 'waiting', reason: 'webex-import' },
  };
  legs.set(mediaLegId, leg);
  now = Math.max(now, BEGIN + seconds);
  source.await(leg);
  return leg;
}

/** Looks every 15 s, as the agent does. */
async function until(seconds: number): Promise<void> {
  for (; now <= BEGIN + seconds; now += 15) await source.askDue();
}

describe('WebexSource', () => {
  it('asks ten minutes after the begin, and hands over what it is told', async () => {
    answer = () => items(room({ minutes: 2 }));
    ended('a', 120);
    await until(1200);
    expect(asked).toEqual([{ at: 600, meetingId: 'm', from: undefined }]);
    expect(delivered.get('a')?.streams.map(({ streamId }) => streamId)).toContain('a/webex-audioIn-0');
    expect(source.counters).toMatchObject({ asked: 1, imported: 1 });
    expect(source.waitingCount).toBe(0);
  });

  it('asks a minute after the end of a longer one', async () => {
    ended('a', 1200);
    await until(2000);
    expect(asked.map(({ at }) => at)).toEqual([1260]);
  });

  it('asks once for all legs of a meeting, and never within five minutes', async () => {
    answer = () => items(room(), room({ webexUserName: 'Lab' }), room({ webexUserName: 'Hall' }));
    ended('a', 1200);
    ended('b', 1200, { name: 'Lab' });
    await until(1300);
    expect([...delivered.keys()]).toEqual(['a', 'b']);
    ended('c', 1300, { name: 'Hall' });
    await until(3000);
    expect([...delivered.keys()]).toEqual(['a', 'b', 'c']);
    expect(asked.map(({ at }) => at)).toEqual([1260, 1560]);
  });

  it('waits ever longer, as long as Webex says, and a week at most', async () => {
    answer = () => ({ kind: 'failed', reason: 'no', status: 423, ...(asked.length === 2 && { retryAfter: 1000 }) });
    ended('a', 600);
    await until(8 * DAY);
    expect(asked.slice(0, 6).map(({ at }) => at)).toEqual([660, 960, 1965, 3165, 5565, 9165]);
    expect(asked.at(-1)?.at).toBeLessThan(7 * DAY);
    expect(asked.length).toBeLessThan(200);
    expect([...delivered]).toEqual([['a', undefined]]);
    expect(source.counters.givenUp).toBe(1);
  });

  it('waits until a participant has left, an hour at most', async () => {
    answer = () => items(room({ leaveTime: undefined }));
    ended('a', 1200);
    await until(1200 + 3500);
    expect(delivered.size).toBe(0);
    await until(1200 + 2 * 3600);
    expect(delivered.get('a')?.intervals.length).toBeGreaterThan(0);
  });

  it('takes what it was told last when the week is over', async () => {
    answer = () => (asked.length === 1 ? items(room({ leaveTime: undefined })) : { kind: 'failed', reason: 'no' });
    ended('a', 1200);
    await until(8 * DAY);
    expect(delivered.get('a')?.intervals.length).toBeGreaterThan(0);
    expect(asked.at(-1)?.at).toBeLessThan(7 * DAY);
  });

  it('tries again what could not be handed over', async () => {
    let failures = 0;
    ended('a', 1200);
    const { get } = legs;
    legs.get = (id) => {
      failures += 1;
      if (failures === 1) throw new Error('disk');
      return get.call(legs, id);
    };
    await until(2000);
    expect([...delivered.keys()]).toEqual(['a']);
    expect(warnings).toEqual(['what Webex measured could not be taken in']);
  });

  it('takes none of two that fit, until it is told which', async () => {
    answer = () => items(room({ participantSessionId: 'x' }), room({ participantSessionId: 'y', loss: 9 }));
    const leg = ended('a', 1200);
    await until(1300);
    expect(delivered.size).toBe(0);
    expect(warnings).toEqual([expect.stringContaining('several participants')]);
    legs.set('a', { ...leg, control: { webex: { meetingId: 'm', participantSessionId: 'Y' } } });
    await until(1700);
    expect(delivered.get('a')?.intervals[0]?.loss?.worst?.value).toBeCloseTo(0.09, 9);
  });

  it('takes the last word on a session that two pages have', async () => {
    answer = () =>
      items(
        room({ participantSessionId: 'x' }),
        room({ participantSessionId: 'other', webexUserEmail: 'z@b', webexUserName: 'Z' }),
        room({ participantSessionId: 'x', loss: 9 }),
      );
    ended('a', 1200);
    await until(1300);
    expect(warnings).toEqual([]);
    expect(delivered.get('a')?.intervals[0]?.loss?.worst?.value).toBeCloseTo(0.09, 9);
  });

  it('takes the participantSessionId before the email, the email before the name, each in the time of the leg', async () => {
    answer = () =>
      items(
        room({ participantSessionId: 'x', loss: 1 }),
        room({ webexUserEmail: 'a@b', loss: 2 }),
        room({ webexUserName: 'N', webexUserEmail: 'c@d', loss: 3 }),
        room({ webexUserName: 'N', webexUserEmail: 'e@f', joinTime: BEGIN + 7200 }),
      );
    ended('a', 1200, { participantSessionId: 'x', email: 'a@b', name: 'N' });
    ended('b', 1200, { participantSessionId: 'nobody', email: 'A@B', name: 'N' });
    ended('c', 1200, { name: 'N' });
    await until(1300);
    const loss = (id: string) => delivered.get(id)?.intervals[0]?.loss?.worst?.value;
    expect([loss('a'), loss('b'), loss('c')]).toEqual([0.01, 0.02, 0.03]);
  });

  it('goes on at a page that was not to be had', async () => {
    answer = (_, from) =>
      from === undefined ? { ...items(room({ webexUserName: 'ann' })), rest: 'page-2' } : items(room());
    ended('a', 1200);
    await until(2000);
    expect(asked.map(({ at, from }) => [at, from])).toEqual([
      [1260, undefined],
      [1560, 'page-2'],
    ]);
    expect(delivered.has('a')).toBe(true);
  });

  it('follows a leg to another meeting, and leaves one that waits no more', async () => {
    const leg = ended('a', 1200);
    ended('b', 1200);
    legs.set('a', { ...leg, control: { webex: { meetingId: 'n', name: 'boardroom' } } });
    legs.delete('b');
    await until(2000);
    expect(asked.map(({ meetingId }) => meetingId)).toEqual(['n']);
    expect([...delivered.keys()]).toEqual(['a']);
  });

  it('says why it cannot ask, until it can; a meeting that Webex does not know yet is no trouble', async () => {
    ended('a', 1200);
    answer = () => ({ kind: 'failed', reason: 'Webex answered 404', status: 404 });
    await until(1290);
    expect(source.trouble).toBeUndefined();
    answer = () => ({ kind: 'failed', reason: 'no token for Webex: revoked' });
    await until(1590);
    expect(source.trouble).toBe('no token for Webex: revoked');
    answer = () => items(room());
    await until(6000);
    expect(source.trouble).toBeUndefined();
    expect(source.counters).toMatchObject({ asked: 3, failed: 2, imported: 1 });
  });

  it('does not wait for a day after the clock was set back by one, nor ask sooner than Webex allows', async () => {
    ended('a', 1200);
    answer = () => ({ kind: 'failed', reason: 'busy' });
    await until(1290);
    answer = () => items(room());
    now -= DAY;
    source.setBack(DAY);
    await until(2000 - DAY);
    expect(asked.map(({ at }) => at)).toEqual([1260, 1560 - DAY]);
    expect(delivered.has('a')).toBe(true);
  });

  it('tells when it has to ask next, while a leg waits', async () => {
    expect(await source.askDue()).toBeUndefined();
    ended('a', 1200);
    expect(await source.askDue()).toBe(BEGIN + 1260);
    now = BEGIN + 1260;
    answer = () => ({ kind: 'failed', reason: 'busy' });
    expect(await source.askDue()).toBe(BEGIN + 1560);
    now = BEGIN + 1560;
    answer = () => items(room());
    expect(await source.askDue()).toBeUndefined();
    expect(delivered.has('a')).toBe(true);
  });

  it('counts a leg that ended in what is the future now as ended now: the clock was set back before a restart', async () => {
    const leg = ended('a', 1200);
    now -= DAY;
    legs.set('b', { ...leg, mediaLegId: 'b', control: { webex: { meetingId: 'other', name: 'boardroom' } } });
    source.await({ ...leg, mediaLegId: 'b', control: { webex: { meetingId: 'other', name: 'boardroom' } } });
    await until(1400 - DAY);
    expect(asked.filter(({ meetingId }) => meetingId === 'other')).toMatchObject([{ at: 1260 - DAY }]);
  });
});
