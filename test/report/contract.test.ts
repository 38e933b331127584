import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { violations } from '../../src/demo/report-contract.ts';
import { qualityReport } from '../../src/report/quality-report.ts';
import { channels, LEG, legs, options, summary } from './summaries.ts';

/** As it goes over the wire. */
const sent = (body: unknown): unknown => JSON.parse(JSON.stringify(body));

describe('the contract of logTeleconferenceDeviceQuality', () => {
  test('is kept by every report, whatever was measured', () => {
    fc.assert(
      fc.property(legs, channels, options, (leg, list, configured) => {
        const body = qualityReport(leg, list, configured);
        expect(violations(sent(body))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test('is kept by values that no network has', () => {
    const wild = fc.constantFrom(
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      Number.MAX_VALUE,
      -1,
      1e-12,
      1e21,
      -0,
    );
    fc.assert(
      fc.property(fc.array(wild, { minLength: 20, maxLength: 20 }), (values) => {
        const names = Object.keys(summary('video', {}).figures);
        const figures = Object.fromEntries(names.map((name, index) => [name, values[index] ?? 0]));
        const more = { mediaDuration: values[19] ?? 0, local: { address: '10.0.0.1', port: values[18] ?? 0 } };
        const body = qualityReport(LEG, [summary('video', figures, more)], { addresses: 'full', pacedJitter: 'send' });
        expect(violations(sent(body))).toEqual([]);
      }),
    );
  });

  test('is kept by the last resort of a leg of which nothing is known but its call', () => {
    const leg = { ...LEG, device: { name: 'unknown device', description: '-' } };
    const body = qualityReport(leg, [summary('audio', {}, { mediaDuration: 0 })], {
      addresses: 'full',
      pacedJitter: 'send',
    });
    expect(violations(sent(body))).toEqual([]);
  });
});
