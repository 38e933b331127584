import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Presence } from '../../src/model/interval.ts';
import { fromPresenceCells, toPresenceCells } from '../../src/store/presence-cells.ts';
import { anyPresence } from './arbitrary-series.ts';
import { presenceOf } from './measured.ts';

function kept(presence: Presence): Presence {
  const { mediaLegId, startedAt, media, channelIndex } = presence;
  const cells = JSON.parse(JSON.stringify(toPresenceCells(presence)));
  return fromPresenceCells(cells, { mediaLegId, startedAt, media, channelIndex });
}

describe('presence cells', () => {
  it('hold every member in its place', () => {
    const presence = presenceOf('leg', 3, {
      enabledSeconds: 1,
      observedSeconds: { inbound: 2, outbound: 3 },
      silentSeconds: { inbound: 4, outbound: 4.5 },
    });
    expect(toPresenceCells(presence)).toEqual([5, 1, 2, 3, 4, 4.5]);
    expect(kept(presence)).toStrictEqual(presence);
  });

  it('change nothing when written again', () => {
    fc.assert(
      fc.property(anyPresence, (presence) => {
        const once = kept(presence);
        expect(kept(once)).toStrictEqual(once);
        expect(Math.abs(once.enabledSeconds - presence.enabledSeconds)).toBeLessThanOrEqual(0.5e-6 * 1.001);
      }),
    );
  });
});
