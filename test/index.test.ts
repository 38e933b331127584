import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import * as library from '../src/index.ts';

const MOST_EXPORTS = 15;

test('the library is a watch, a client and its error', () => {
  expect(Object.keys(library).toSorted()).toEqual(['ControlClient', 'ControlError', 'watchPeerConnection']);
});

test(`it exports at most ${MOST_EXPORTS} names, types included`, () => {
  const text = readFileSync(resolve(import.meta.dirname, '../src/index.ts'), 'utf8');
  const names = [...text.matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(([, list = '']) =>
    list.split(',').filter((name) => name.trim() !== ''),
  );
  expect(names.length).toBeGreaterThan(Object.keys(library).length);
  expect(names.length).toBeLessThanOrEqual(MOST_EXPORTS);
});
