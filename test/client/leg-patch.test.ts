import { expect, test } from 'vitest';
import { joinPatches } from '../../src/client/leg-patch.ts';
import type { LegPatch } from '../../src/client/shapes.ts';

const cases: readonly (readonly [string, LegPatch, LegPatch, LegPatch])[] = [
  ['nothing', {}, {}, {}],
  ['the later value wins', { callChainId: 'a' }, { callChainId: 'b' }, { callChainId: 'b' }],
  ['what only one has stays', { callChainId: 'a' }, { tenantId: 't' }, { callChainId: 'a', tenantId: 't' }],
  ['null stays: it has to clear', { callChainId: 'a' }, { callChainId: null }, { callChainId: null }],
  ['a value after null', { callChainId: null }, { callChainId: 'b' }, { callChainId: 'b' }],
  [
    'objects are joined',
    { device: { name: 'n' } },
    { device: { description: 'd' } },
    { device: { name: 'n', description: 'd' } },
  ],
  ['an object over null', { device: null }, { device: { name: 'n' } }, { device: { name: 'n' } }],
  ['null over an object', { device: { name: 'n' } }, { device: null }, { device: null }],
  ['lists are replaced', { aliases: ['a', 'b'] }, { aliases: ['c'] }, { aliases: ['c'] }],
];
test.each(cases)('%s', (_, first, second, wanted) => expect(joinPatches(first, second)).toEqual(wanted));

test('neither patch is changed', () => {
  const first = { device: { name: 'n' } };
  joinPatches(first, { device: { name: 'm' } });
  expect(first).toEqual({ device: { name: 'n' } });
});
