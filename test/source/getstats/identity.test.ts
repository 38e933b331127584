import { expect, test } from 'vitest';
import { freshName, isAnother, isNews, type StreamAbout, textOf } from '../../../src/source/getstats/identity.ts';

const about: StreamAbout = {
  direction: 'inbound',
  ssrc: 1,
  codec: 'opus',
  local: { address: '10.0.0.1', port: 4000 },
  remote: { address: '192.0.2.7', port: 5000 },
};

test.each<{ name: string; now: StreamAbout; another: boolean }>([
  { name: 'nothing changed', now: { ...about, local: { address: '10.0.0.1', port: 4000 } }, another: false },
  { name: 'another SSRC', now: { ...about, ssrc: 2 }, another: true },
  { name: 'another codec', now: { ...about, codec: 'PCMU' }, another: true },
  {
    name: 'another port of the device',
    now: { ...about, remote: { address: '192.0.2.7', port: 5002 } },
    another: true,
  },
  { name: 'another address of ours', now: { ...about, local: { address: '10.0.0.2', port: 4000 } }, another: true },
  { name: 'no path for the moment', now: { direction: 'inbound', ssrc: 1 }, another: false },
  {
    name: 'another mid, clock or transport',
    now: { ...about, mid: '5', clockRate: 8000, transport: 'TCP' },
    another: false,
  },
])('$name', ({ now, another }) => {
  expect(isAnother(about, now)).toBe(another);
  expect(isAnother(now, about)).toBe(another);
});

test.each<{ name: string; now: StreamAbout; news: boolean }>([
  { name: 'the same again', now: { ...about, local: { address: '10.0.0.1', port: 4000 } }, news: false },
  { name: 'less', now: { direction: 'inbound', ssrc: 1 }, news: false },
  { name: 'a mid', now: { ...about, mid: '0' }, news: true },
  { name: 'a kind', now: { ...about, kind: 'video' }, news: true },
  { name: 'another path', now: { ...about, remote: { address: '192.0.2.7', port: 5002 } }, news: true },
])('news: $name', ({ now, news }) => {
  expect(isNews(about, now)).toBe(news);
});

test('a path that was not known is news', () => {
  expect(isNews({ direction: 'inbound' }, { direction: 'inbound', local: { address: '10.0.0.1', port: 4000 } })).toBe(
    true,
  );
});

test('names are numbered from the second use on', () => {
  const taken = new Set(['leg/in/1', 'leg/in/1/2']);
  expect(freshName(['leg', 'in', 1], taken)).toBe('leg/in/1/3');
  expect(freshName(['leg', 'in', 2], taken)).toBe('leg/in/2');
});

test('an end as text', () => {
  expect(textOf(about.local)).toBe('10.0.0.1 4000');
  expect(textOf(undefined)).toBeUndefined();
});
