import { expect, test } from 'vitest';
import { textTable } from '../../src/demo/text-table.ts';

test('words go left, numbers go right, under their heading', () => {
  const rows = [
    ['name', 'count', 'change'],
    ['a', '7', '-0.5'],
    ['longer', '1234', '+12.0'],
  ];
  expect(textTable(rows)).toEqual(['name    count  change', 'a           7    -0.5', 'longer   1234   +12.0']);
});

test('a sign for the absence of a number stands where numbers stand', () => {
  expect(textTable([['x'], ['10.5'], ['–']])).toEqual(['   x', '10.5', '   –']);
});

test('rows may be short, and nothing ends in spaces', () => {
  expect(textTable([['a', 'b'], ['long'], ['x', 'y']])).toEqual(['a     b', 'long', 'x     y']);
});

test('no rows make no lines', () => expect(textTable([])).toEqual([]));
