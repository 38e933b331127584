import { describe, expect, it } from 'vitest';
import { store } from '../../../src/config/section/store.ts';
import { reasons } from './reasons.ts';

describe('store.url', () => {
  it.each([
    ['sqlite:./otherleg.db', './otherleg.db'],
    ['sqlite:/var/lib/otherleg/otherleg.db', '/var/lib/otherleg/otherleg.db'],
    ['sqlite:a b.db', 'a b.db'],
  ])('%s', (url, path) => {
    expect(store.parse({ url }).url).toEqual({ engine: 'sqlite', path });
  });

  it.each([
    ['postgres://u@h/d', /PostgreSQL, which comes later/],
    ['postgresql://u@h/d', /PostgreSQL, which comes later/],
    ['sqlite::memory:', /lose every report/],
    ['sqlite:', /not the URL of a store/],
    ['sqlite:a.db?mode=ro', /not the URL of a store/],
    ['otherleg.db', /not the URL of a store/],
    ['mysql://h', /not the URL of a store/],
  ])('refuses %s', (url, want) => {
    expect(reasons(store, { url }).join()).toMatch(want);
  });
});
