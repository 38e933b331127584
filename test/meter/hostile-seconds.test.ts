import { describe, expect, it } from 'vitest';
import { Meter } from '../../src/meter/meter.ts';
import { add } from '../../src/quality/interval.ts';
import { BEGIN, control, INBOUND, report, send, talk } from './wire.ts';

describe('what nobody can have sent', () => {
  it('costs no memory: drops that are told again and again', () => {
    const meter = new Meter();
    talk(meter, INBOUND, 1, 0, 1);
    for (let n = 0; n < 10_000; n += 1) meter.drops(0, 1, 1e15 + n * 3600e6);
    expect(meter.finish().capture.captureDropped).toBe(10_000);
  });

  it('is not lost: a sender report that counts more than its sender can send', () => {
    const meter = new Meter({ intervals: true });
    talk(meter, INBOUND, 1, 0, 10);
    send(meter, 10, control(INBOUND), report(1, [], 3.97e9, 500));
    send(meter, 20, control(INBOUND), report(1, [], 3.97e9 + 10, 4e9));
    const { intervals } = meter.finish();
    const total = intervals.map(({ observed }) => observed).reduce(add);
    expect(total.loss?.of ?? 0).toBeLessThan(2000);
    expect(total.loss?.lost ?? 0).toBeLessThan(1000);
  });

  it('taints only what was between a drop and the word before it', () => {
    const meter = new Meter({ intervals: true });
    for (let second = 0; second < 60; second += 1) {
      talk(meter, INBOUND, 1, second, second + 1);
      meter.drops(0, second === 50 ? 1 : 0, (BEGIN + second + 1) * 1e6);
    }
    const covered = meter.finish().intervals.reduce((sum, { observed }) => sum + observed.coveredSeconds, 0);
    expect(covered).toBeGreaterThan(50);
  });
});
