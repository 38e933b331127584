import { describe, expect, it } from 'vitest';
import { type AnalysedStream, type Analysis, analysisDocument } from '../../src/report/analysis.ts';
import { analysedLeg } from '../../src/report/analysis-leg.ts';
import { analysisText } from '../../src/report/analysis-text.ts';

const COUNTS = { packets: 2, rtpPackets: 2, rtcpPackets: 0, otherPackets: 0, malformed: 0, captureDropped: 0 };
const stream = (ssrc: number): AnalysedStream => ({
  ssrc,
  source: { address: '2001:db8::1', port: 2000 },
  destination: { address: '10.0.0.1', port: 3000 },
  payloadTypes: [],
  codec: 'a "codec"\nof two lines',
  packets: 2,
  expected: 2,
  lost: 0,
  duplicates: 0,
  reordered: 0,
  restarts: 0,
  octets: 320,
  rfc3550: { average: 0.001, maximum: 0.002 },
  firstAt: 100,
  lastAt: 100.02,
});
const leg = (callId?: string) =>
  analysedLeg({
    mediaLegId: '00000000-0000-5000-8000-000000000001',
    ...(callId === undefined ? {} : { callId }),
    device: { address: '10.1.0.5', name: 'one\n  two' },
    startedAt: 100,
    endedAt: 130,
    channels: [],
    streams: [],
    intervals: [],
    assignment: new Map(),
  });
const analysis = (streams: number, legs: Analysis['legs']): Analysis => ({
  capture: { ...COUNTS, truncated: false },
  streams: Array.from({ length: streams }, (_, ssrc) => stream(ssrc)),
  legs,
});

describe('analysisText', () => {
  it.each([
    ['nothing', analysis(0, [])],
    ['streams without legs', analysis(2, [])],
    ['legs without streams', analysis(0, [leg('a\nb'), leg()])],
    [
      'many of both',
      analysis(
        700,
        Array.from({ length: 90 }, (_, i) => leg(`call ${i}`)),
      ),
    ],
  ])('is the document of %s, octet by octet', (_, of) => {
    expect([...analysisText(of)].join('')).toBe(`${JSON.stringify(analysisDocument(of), null, 2)}\n`);
  });

  it('comes in pieces of bounded size', () => {
    const pieces = [...analysisText(analysis(1000, []))];
    expect(pieces.length).toBeGreaterThan(5);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(80_000);
  });
});
