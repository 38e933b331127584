import { describe, expect, test } from 'vitest';
import { Meter } from '../../src/meter/meter.ts';
import { concat } from '../packet/wire.ts';
import { figures } from './simulated-call.ts';
import { type Block, control, INBOUND, OUTBOUND, report, send, talk } from './wire.ts';

const OURS = 2;
const THEIRS = 1;
const NTP = 3_970_000_000;

type Told = Partial<Block> & { readonly reporter?: number };

/**
 * A call of so many seconds in which the gateway sends 50 packets/s from number 100 on; at the end of each second the
 * device sends what `says` tells: blocks about the gateway's stream, or none but its RTCP.
 */
function call(
  seconds: number,
  says: (second: number, highest: number) => readonly Told[] | undefined,
  more: { readonly sends?: (index: number) => boolean; readonly begin?: number; readonly highest?: number } = {},
) {
  const { sends = () => true, begin = 0, highest: first = 100 } = more;
  const meter = new Meter({ intervals: true });
  // The capture looked for a while before: it saw the stream begin.
  send(meter, begin - 3, control(INBOUND), report(THEIRS, []));
  let highest = first - 1;
  for (let second = begin; second < begin + seconds; second += 1) {
    talk(meter, OUTBOUND, OURS, second, second + 1, (index) => {
      if (!sends(index)) return undefined;
      highest += 1;
      return { sequence: highest };
    });
    talk(meter, INBOUND, THEIRS, second, second + 1);
    const told = says(second, highest);
    if (told === undefined) continue;
    const byReporter = Map.groupBy(told, ({ reporter = THEIRS }) => reporter);
    const reports = [...byReporter].map(([reporter, blocks]) =>
      report(
        reporter,
        blocks.map((block) => ({ ssrc: OURS, highest, jitter: 80, ...block })),
        reporter === THEIRS ? NTP + second : undefined,
      ),
    );
    send(
      meter,
      second + 0.999,
      control(INBOUND),
      concat(...reports, ...(told.length === 0 ? [report(THEIRS, [])] : [])),
    );
  }
  const result = meter.finish();
  const all = figures(result, seconds);
  const shown = (name: keyof typeof all): number | undefined => {
    const figure = all[name];
    return 'absent' in figure ? undefined : figure.value;
  };
  return {
    result,
    quirks: result.quirks,
    loss: shown('averageOutboundPacketLossRateInPercentage'),
    maximumLoss: shown('maximumOutboundPacketLossRateInPercentage'),
    jitter: shown('averageOutboundJitter'),
    maximumJitter: shown('maximumOutboundJitter'),
    reported: result.streams.find(({ ssrc }) => ssrc === OURS)?.reported,
  };
}

describe('what is left out and counted', () => {
  test('blocks about nobody and about the reporter beside right ones', () => {
    const { quirks, loss } = call(30, (second) => [
      { lost: second },
      { ssrc: 99, lost: 5000 },
      { ssrc: THEIRS, lost: 5000 },
    ]);
    expect(quirks).toEqual({ unknownSsrc: 30, selfReport: 30 });
    expect(loss).toBeCloseTo(29 / 1500, 6);
  });

  test('jitter of more than 10 s; the loss in the same block counts', () => {
    const { quirks, loss, jitter, maximumJitter } = call(30, (second) => [
      { lost: second, jitter: second === 10 ? 80_001 : second === 11 ? 0xffffffff : 160 },
    ]);
    expect(quirks).toEqual({ jitterRange: 2 });
    expect(loss).toBeCloseTo(29 / 1500, 6);
    expect(jitter).toBeCloseTo(0.02, 6);
    expect(maximumJitter).toBeCloseTo(0.02, 6);
  });

  test('jitter of 10 s is the most', () => {
    expect(call(30, () => [{ jitter: 80_000 }]).maximumJitter).toBeCloseTo(10, 6);
  });

  test.each([0x7fffff, 10_000, 51])('a cumulative jump of %d in one report', (jump) => {
    const { quirks, loss, maximumLoss } = call(30, (second) => [{ lost: second === 10 ? jump : 0 }]);
    expect(quirks).toEqual({ lossJump: 1 });
    expect({ loss, maximumLoss }).toEqual({ loss: 0, maximumLoss: 0 });
  });

  test('a sequence beyond what was sent, or of long ago', () => {
    const { quirks, loss, reported } = call(60, (second, highest) => {
      if (second === 20) return [{ highest: highest + 500, lost: 50 }];
      return second === 50 ? [{ highest: highest - 31 * 50, lost: 50 }] : [{}];
    });
    expect(quirks).toEqual({ sequenceRange: 2 });
    expect(reported?.reports).toBe(58);
    expect(loss).toBe(0);
  });

  test('blocks behind a count that says more than there are', () => {
    const meter = new Meter();
    talk(meter, OUTBOUND, OURS, 0, 5);
    const cut = report(THEIRS, [{ ssrc: OURS, highest: 249 }]);
    cut[0] = 0x9f;
    send(meter, 5, control(INBOUND), cut);
    expect(meter.finish().streams.map(({ reported }) => reported?.reports)).toEqual([1]);
  });
});

describe('what counts nevertheless', () => {
  test('negative cumulative loss is no loss, and repays what was told before', () => {
    expect(call(30, () => [{ lost: -40 }]).loss).toBe(0);
    const { loss, maximumLoss } = call(30, (second) => [{ lost: second < 20 ? second : 5 }]);
    expect(loss).toBeCloseTo(5 / 1500, 6);
    expect(maximumLoss).toBeCloseTo(0.02, 2);
  });

  test("only the lower half of the sequence is the packet's", () => {
    const { loss, quirks } = call(30, (second, highest) => [
      { highest: 0x4321_0000 + second * 0x10000 + highest, lost: second },
    ]);
    expect(loss).toBeCloseTo(29 / 1500, 6);
    expect(quirks).toEqual({});
  });

  test('our numbers go round while the device counts', () => {
    const { loss, quirks } = call(60, (second, highest) => [{ highest: highest & 0xffff, lost: second }], {
      highest: 65_000,
    });
    expect(loss).toBeCloseTo(59 / 3000, 6);
    expect(quirks).toEqual({});
  });

  test('a device that begins again: two runs, and nothing for the step between', () => {
    const { loss, quirks } = call(60, (second) => [{ lost: second < 30 ? 1200 + second : second - 30 }]);
    // The first block says 1,200 of 50, so it anchors nothing; the second one goes on from it.
    expect(quirks).toEqual({ lossJump: 1 });
    expect(loss).toBeCloseTo(58 / 2900, 6);
  });

  test('a counter that leaps and goes on from there: the leap is left out', () => {
    const { loss, maximumLoss, quirks } = call(60, (second) => [{ lost: second < 20 ? 0 : 900 }]);
    expect(quirks).toEqual({ lossJump: 1 });
    expect({ loss, maximumLoss }).toEqual({ loss: 0, maximumLoss: 0 });
  });

  test('a device that begins again with a number of before', () => {
    const { loss } = call(60, (second, highest) =>
      second < 30 ? [{ lost: second }] : [{ lost: second - 30, highest: second < 32 ? highest - 200 : highest }],
    );
    expect(loss).toBeCloseTo(58 / 3000, 2);
  });

  test('reports that are repeated say nothing new', () => {
    const { loss, jitter } = call(30, (second) => [{ lost: second }, { lost: second }, { lost: second }]);
    expect(loss).toBeCloseTo(29 / 1500, 6);
    expect(jitter).toBeCloseTo(0.01, 6);
  });

  test('of several reporters the one with most blocks', () => {
    const { loss, reported } = call(30, (second) => [
      { lost: second },
      ...(second % 2 === 0 ? [{ reporter: 77, lost: 20 * second }] : []),
    ]);
    expect(reported).toMatchObject({ reporter: THEIRS, reports: 30 });
    expect(loss).toBeCloseTo(29 / 1500, 6);
  });

  test('of eight and more made-up reporters none takes the place of a real one that was there', () => {
    const { reported } = call(30, (second) => [{ lost: second }, { reporter: 1000 + second, lost: 50 }]);
    expect(reported).toMatchObject({ reporter: THEIRS, reports: 30 });
  });
});

describe('a device that reports from another SSRC from then on', () => {
  test.each([1, 5])('is not deaf: no loss, reports each %d s', (every) => {
    const { loss, maximumLoss } = call(60, (second) =>
      second % every === every - 1 ? [second < 30 ? {} : { reporter: 5 }] : undefined,
    );
    expect({ loss, maximumLoss }).toEqual({ loss: 0, maximumLoss: 0 });
  });

  test('its loss counts once the other one is silent for 10 s', () => {
    const { loss, quirks } = call(60, (second) => [second < 30 ? { lost: 0 } : { reporter: 5, lost: second - 29 }]);
    expect(loss).toBeCloseTo(21 / (1500 + 21 * 50), 3);
    expect(quirks).toEqual({});
  });

  test('and stops: what was sent since its last block is lost', () => {
    const { loss } = call(120, (second) => (second < 30 ? [{}] : second < 60 ? [{ reporter: 5 }] : []));
    expect(loss).toBeCloseTo(3000 / (1500 + 21 * 50 + 3000), 2);
  });

  test('and again and again, more often than reporters are remembered', () => {
    const { loss, reported } = call(300, (second) => [{ reporter: 10 + Math.floor(second / 20), lost: second }]);
    expect(loss).toBeCloseTo(0.02, 3);
    expect(reported?.reports).toBe(20);
  });
});

describe('an outage towards the room', () => {
  test('reports stop while RTCP goes on: what was sent meanwhile is lost', () => {
    const { loss, reported } = call(60, (second) => (second < 30 ? [{}] : []));
    // The last block is of 29 s; the last RTCP of 59 s.
    expect(loss).toBeCloseTo(30 / 60, 2);
    expect(reported?.loss).toBeCloseTo(30 / 60, 2);
  });

  test('the sequence stands still in every block', () => {
    const { loss } = call(60, (_second, highest) => [{ highest: Math.min(highest, 100 + 30 * 50 - 1) }]);
    expect(loss).toBeCloseTo(30 / 60, 2);
    expect(call(38, (_second, highest) => [{ highest: Math.min(highest, 1599) }]).loss).toBe(0);
  });

  test('it ends, and the device counts what it did not get: counted once', () => {
    const { loss } = call(90, (second) => (second < 30 ? [{}] : second < 60 ? [] : [{ lost: 30 * 50 }]));
    expect(loss).toBeCloseTo(30 / 90, 2);
  });

  test('it ends, and the device had got everything: no loss', () => {
    expect(call(90, (second) => (second < 30 || second >= 60 ? [{}] : [])).loss).toBeCloseTo(0, 6);
  });

  test('no RTCP at all says nothing', () => {
    expect(call(60, (second) => (second < 30 ? [{}] : undefined)).loss).toBe(0);
  });

  test('a gateway that is on hold loses nothing', () => {
    const hold = call(90, () => [{}], { sends: (index) => index < 1500 || index >= 3000 });
    expect(hold.loss).toBe(0);
    expect(hold.quirks).toEqual({});
  });

  test('a device that never told anything of us is not deaf', () => {
    expect(call(60, () => []).loss).toBeUndefined();
  });
});

describe('where the tap comes late', () => {
  test('what was lost before is none of its time', () => {
    const meter = new Meter({ intervals: true });
    for (let second = 0; second < 10; second += 1) {
      talk(meter, OUTBOUND, OURS, second, second + 1);
      if (second % 5 === 4)
        send(
          meter,
          second + 0.999,
          control(INBOUND),
          report(THEIRS, [{ ssrc: OURS, highest: second * 50 + 49, lost: 3605 }]),
        );
    }
    const result = meter.finish();
    const figure = figures(result, 10).averageOutboundPacketLossRateInPercentage;
    expect(figure).toMatchObject({ value: 0, samples: 250 });
  });
});
