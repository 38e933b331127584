import { describe, expect, test } from 'vitest';
import { OtherlegError } from '../../../src/model/error.ts';
import { parseStats } from '../../../src/source/getstats/parse-stats.ts';

const AT = 1_763_000_000_000;
const rtp = { id: 'in', type: 'inbound-rtp', timestamp: AT, ssrc: 1, packetsReceived: 5 };

describe('a report is read', () => {
  test('as it is, with members and types that are not ours', () => {
    const body = {
      timestamp: AT,
      stats: [
        { ...rtp, novel: { deep: [1] } },
        { id: 'x', type: 'novelty', timestamp: AT },
      ],
    };
    expect(parseStats(body)).toEqual(body);
  });

  test('with the report’s time where an entry has none, and the other way round', () => {
    const { timestamp, ...timeless } = rtp;
    expect(parseStats({ timestamp: AT, stats: [timeless] }).stats[0]?.timestamp).toBe(AT);
    expect(parseStats({ stats: [rtp, { ...rtp, timestamp: AT + 9 }] }).timestamp).toBe(AT + 9);
  });

  test.each([
    { entry: { ssrc: 7, kind: 'audio' }, id: 'inbound-rtp/7' },
    { entry: { mid: '1', kind: 'audio' }, id: 'inbound-rtp/1' },
    { entry: { kind: 'audio' }, id: 'inbound-rtp/audio' },
    { entry: {}, id: 'inbound-rtp' },
    { entry: { ssrc: { wrong: true } }, id: 'inbound-rtp' },
  ])('with an id of its own where an entry has none: $id', ({ entry, id }) => {
    expect(parseStats({ timestamp: AT, stats: [{ type: 'inbound-rtp', ...entry }] }).stats[0]?.id).toBe(id);
  });

  test('with the newest time of its entries, however many', () => {
    const stats = Array.from({ length: 200_000 }, (_, n) => ({ type: 'x', timestamp: AT + (n % 7) }));
    expect(parseStats({ stats }).timestamp).toBe(AT + 6);
  });

  test('that has nothing to tell', () => {
    expect(parseStats({ timestamp: AT, stats: [] })).toEqual({ timestamp: AT, stats: [] });
  });
});

describe('a report that cannot be read says where and why', () => {
  test.each<{ body: unknown; message: string }>([
    { body: undefined, message: 'body: expected an object, got nothing' },
    { body: [rtp], message: 'body: expected an object, got an array' },
    { body: null, message: 'body: expected an object, got null' },
    { body: { timestamp: AT }, message: 'stats: expected an array, got nothing' },
    { body: { timestamp: AT, stats: { a: rtp } }, message: 'stats: expected an array, got an object' },
    { body: { stats: [] }, message: 'timestamp: expected a number, got nothing' },
    { body: { timestamp: 'now', stats: [] }, message: 'timestamp: expected a number, got "now"' },
    { body: { timestamp: null, stats: [] }, message: 'timestamp: expected a number, got null' },
    {
      body: { timestamp: AT / 1000, stats: [] },
      message: 'timestamp: expected milliseconds since the epoch, got 1763000000',
    },
    {
      body: { timestamp: AT * 1000, stats: [] },
      message: 'timestamp: expected milliseconds since the epoch, got 1763000000000000',
    },
    { body: { timestamp: AT, stats: [rtp, 5] }, message: 'stats[1]: expected an object, got 5' },
    { body: { timestamp: AT, stats: [{ id: 'a' }] }, message: 'stats[0].type: expected a string, got nothing' },
    { body: { timestamp: AT, stats: [{ ...rtp, id: 5 }] }, message: 'stats[0].id: expected a string, got 5' },
    {
      body: { timestamp: AT, stats: [rtp, rtp, rtp, { ...rtp, timestamp: 'x' }] },
      message: 'stats[3].timestamp: expected a number, got "x"',
    },
    {
      body: { timestamp: AT, stats: [{ ...rtp, timestamp: Number.NaN }] },
      message: 'stats[0].timestamp: expected a number, got NaN',
    },
    {
      body: { stats: [{ id: 'a', type: 'inbound-rtp' }] },
      message: 'stats[0].timestamp: expected a number, or one for the whole report, got nothing',
    },
  ])('$message', ({ body, message }) => {
    const caught = (() => {
      try {
        return parseStats(body);
      } catch (error) {
        return error;
      }
    })();
    expect(caught).toBeInstanceOf(OtherlegError);
    expect(caught).toMatchObject({ code: 'STATS_INVALID', hint: expect.stringContaining('getStats()') });
    expect((caught as OtherlegError).message.slice(0, message.length)).toBe(message);
  });

  test('however deep it goes', () => {
    const deep = JSON.parse(`${'['.repeat(200_000)}${']'.repeat(200_000)}`);
    expect(() => parseStats({ timestamp: AT, stats: [deep] })).toThrow('stats[0]: expected an object, got an array');
  });

  test('and does not repeat all of what is wrong', () => {
    expect(() => parseStats({ timestamp: AT, stats: 'x'.repeat(1000) })).toThrow(
      /^stats: expected an array, got "x{59}…$/,
    );
  });
});
