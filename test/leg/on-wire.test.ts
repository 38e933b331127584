import { describe, expect, it } from 'vitest';
import { newLeg } from '../../src/leg/control.ts';
import { toldBy } from '../../src/leg/on-wire.ts';
import type { LegOnWire } from '../../src/model/leg.ts';

const fresh = newLeg('x', 0, { owner: 'here', devices: [] });
const found: LegOnWire = { alone: true, sdp: true, userAgent: 'Poly' };

describe('toldBy', () => {
  it.each([
    ['the wire tells', undefined, {}, found, found],
    ['the wire tells more', found, {}, { userAgent: 'Cisco' }, { userAgent: 'Cisco' }],
    ['control tells of a leg that no wire showed', undefined, {}, undefined, undefined],
    ['control tells identifiers', found, { callChainId: 'c' }, undefined, { sdp: true, userAgent: 'Poly' }],
    ['control tells its own descriptions', found, { sdp: { local: 'v=0' } }, undefined, { userAgent: 'Poly' }],
    ['control clears them', found, { sdp: null }, undefined, { userAgent: 'Poly' }],
  ])('%s', (_, before, patch, wire, want) => {
    const leg = before === undefined ? fresh : { ...fresh, wire: before };
    expect(toldBy(leg, patch, wire).wire).toEqual(want);
  });
});
