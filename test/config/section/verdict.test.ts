import { describe, expect, it } from 'vitest';
import { verdict } from '../../../src/config/section/verdict.ts';
import { THRESHOLDS } from '../../../src/correlate/levels.ts';

describe('verdict.thresholds', () => {
  it('are by default those of the code that grades', () => {
    expect(verdict.parse({}).thresholds).toEqual(THRESHOLDS);
  });

  it('change one at a time', () => {
    const { thresholds } = verdict.parse({ thresholds: { poor: { loss: '5%', silence: '20s' }, inARow: '30s' } });
    expect(thresholds).toEqual({
      ...THRESHOLDS,
      poor: { ...THRESHOLDS.poor, loss: 0.05, silence: 20 },
      inARow: 30,
    });
  });

  it.each([
    ['fair beyond poor', { fair: { loss: '20%' } }, /fair/],
    ['a bare number', { poor: { loss: 10 } }, /string/],
    ['no frames a second', { poor: { videoFrameRate: 0 } }, /0/],
    ['an unknown border', { poor: { videoJitter: '30ms' } }, /videoJitter/],
  ])('refuse %s', (_, thresholds, reason) => {
    expect(() => verdict.parse({ thresholds })).toThrow(reason);
  });
});
