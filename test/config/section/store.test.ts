import { describe, expect, it } from 'vitest';
import { ownFile, store } from '../../../src/config/section/store.ts';
import { reasons } from './reasons.ts';

const section = store({ env: { PGPASS: 'hunter2' } });

describe('store.url', () => {
  it.each([
    ['sqlite:./otherleg.db', './otherleg.db'],
    ['sqlite:/var/lib/otherleg/otherleg.db', '/var/lib/otherleg/otherleg.db'],
    ['sqlite:a b.db', 'a b.db'],
  ])('%s', (url, path) => {
    expect(section.parse({ url }).url).toEqual({ engine: 'sqlite', path });
    expect(ownFile(section.parse({ url, local: 'sqlite:other.db' }))).toBe(path);
  });

  it.each([
    'postgres://u@db.example.com/d?sslmode=verify-full',
    'postgresql://u@db.example.com/d?sslmode=disable',
    'postgres://u@localhost/d',
    'postgres://u@127.0.0.1:5433/d',
    'postgres://u@[::1]/d',
    'postgres://u@%2Frun%2Fpostgresql/d',
    'postgres:///d?host=/run/postgresql&user=u',
  ])('%s', (url) => {
    const parsed = section.parse({ url, local: 'sqlite:/var/own.db' });
    expect(parsed.url).toEqual({ engine: 'postgres', url });
    expect(ownFile(parsed)).toBe('/var/own.db');
    expect(section.encode(parsed)).toEqual({ url, local: 'sqlite:/var/own.db' });
  });

  it.each([
    ['postgres://u:hunter2@h/d', /must not hold the password/],
    ['postgres://u@h/d?password=hunter2&sslmode=disable', /must not hold the password/],
    ['postgres://u@h/d', /says nothing of TLS/],
    ['postgres://u@h', /names no database/],
    ['postgres://localhost/d', /names no user/],
    ['postgres:d', /not the URL of a store/],
    ['postgres://u@h:x/d', /not the URL of a store/],
    ['sqlite::memory:', /lose every report/],
    ['sqlite:', /not the URL of a store/],
    ['sqlite:a.db?mode=ro', /not the URL of a store/],
    ['otherleg.db', /not the URL of a store/],
    ['mysql://h', /not the URL of a store/],
  ])('refuses %s', (url, want) => {
    expect(reasons(section, { url }).join()).toMatch(want);
  });

  it('takes a file only for what lies on this host', () => {
    expect(reasons(section, { local: 'postgres://u@localhost/d' }).join()).toMatch(/not the URL of a store/);
  });
});

describe('store.password', () => {
  it('is a secret', () => {
    const { password } = section.parse({ password: `$${'{env:PGPASS}'}` });
    expect(password?.reveal()).toBe('hunter2');
    expect(JSON.stringify({ password })).not.toContain('hunter2');
    expect(reasons(section, { password: 'hunter2' }).join()).toMatch(/plain text/);
  });
});
