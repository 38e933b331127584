import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { addressTest, widened } from '../../../src/source/capture/networks.ts';

describe('networks for a filter', () => {
  test.each([
    { networks: ['10.1.2.3'], nets: ['10.1.2.3/32'] },
    { networks: ['10.1.2.3/16', '10.1.9.9/16'], nets: ['10.1.0.0/16'] },
    { networks: ['2001:db8:ffff::5/33'], nets: ['2001:db8:8000::/33'] },
    { networks: ['0.0.0.0/0', '::/0'], nets: ['0.0.0.0/0', '::/0'] },
    { networks: ['nonsense', '10.0.0.0/40', 'fe80::1%eth0', '192.0.2.0/24'], nets: ['192.0.2.0/24'] },
  ])('$networks become $nets', ({ networks, nets }) => {
    expect(widened(networks, 32)).toEqual(nets);
  });

  it('are widened when there are too many', () => {
    const rooms = Array.from({ length: 300 }, (_, room) => `10.${room % 3}.${room % 256}.7`);
    expect(widened(rooms, 32)).toEqual(['10.0.0.0/16', '10.1.0.0/16', '10.2.0.0/16']);
    expect(widened([...rooms, '2001:db8::1'], 2)).toEqual(['10.0.0.0/8', '2001:db8::/104']);
  });

  it('hold every address they held before', () => {
    const networks = fc.array(fc.oneof(fc.ipV4(), fc.ipV6()), { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(networks, fc.integer({ min: 2, max: 64 }), (addresses, most) => {
        const wide = widened(addresses, most);
        expect(wide.length).toBeLessThanOrEqual(most);
        const isHeld = addressTest(wide);
        for (const address of addresses) expect(isHeld?.(address)).toBe(true);
      }),
    );
  });
});

describe('addresses of devices', () => {
  test.each([
    { address: '10.1.255.1', isIn: true },
    { address: '10.2.0.1', isIn: false },
    { address: '2001:db8::9', isIn: true },
    { address: '2001:db9::9', isIn: false },
    { address: '::a01:1', isIn: false },
    { address: 'nonsense', isIn: false },
  ])('$address: $isIn', ({ address, isIn }) => {
    expect(addressTest(['10.1.0.0/16', '2001:db8::/32'])?.(address)).toBe(isIn);
  });

  it('cannot be told without any', () => {
    expect(addressTest([])).toBeUndefined();
    expect(addressTest(['nonsense'])).toBeUndefined();
  });
});
