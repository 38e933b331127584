import { describe, expect, it } from 'vitest';
import { adviceOf, type Sight } from '../../src/report/sight-advice.ts';

const well: Sight = {
  rtpIn: 500,
  rtpOut: 500,
  rtcpIn: 2,
  rtcpOut: 2,
  streams: 2,
  clocksKnown: 2,
  encryptedRtcp: 0,
  srtp: false,
};

const of = (change: Partial<Sight>): readonly string[] => adviceOf({ ...well, ...change }).map(({ lacks }) => lacks);

describe('adviceOf', () => {
  it('has nothing to say of a leg that lacks nothing', () => {
    expect(adviceOf(well)).toEqual([]);
    expect(of({ srtp: true })).toEqual([]);
  });

  it('is blind where nothing passes, and says only that', () => {
    const advice = adviceOf({ ...well, rtpIn: 0, rtpOut: 0, rtcpIn: 0, rtcpOut: 0, streams: 0, clocksKnown: 0 });
    expect(advice).toEqual([
      { lacks: 'nothing of it passes here', step: expect.stringContaining('ports or SDP'), blind: true },
    ]);
  });

  it.each([
    [{ rtpIn: 0 }, /no media from the device/],
    [{ rtpOut: 0 }, /no media to the device/],
    [{ rtcpIn: 0 }, /no RTCP from the device/],
    [{ rtcpIn: 0, encryptedRtcp: 3 }, /RTCP is encrypted/],
    [{ clocksKnown: 1 }, /clock rate/],
  ])('%j lacks one thing', (change, want) => {
    expect(of(change)).toEqual([expect.stringMatching(want)]);
  });

  it('says nothing of media on hold: reports pass', () => {
    expect(of({ rtpIn: 0, rtpOut: 0 })).toEqual([]);
  });

  it('names the gravest first', () => {
    expect(of({ rtpIn: 0, rtcpIn: 0, clocksKnown: 0 })).toEqual([
      expect.stringMatching(/no media from/),
      expect.stringMatching(/no RTCP/),
      expect.stringMatching(/clock rate/),
    ]);
  });
});
