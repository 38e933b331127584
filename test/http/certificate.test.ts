import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { renewCertificate } from '../../src/http/certificate.ts';

type Context = Parameters<Parameters<typeof renewCertificate>[0]['setSecureContext']>[0];

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A server that takes only certificates that fit their key, and files that change. */
function renewing() {
  const files = { cert: 'cert 1', key: 'key 1' };
  const taken: Context[] = [];
  const told: string[] = [];
  const server = {
    setSecureContext: (context: Context) => {
      if (String(context.cert).at(-1) !== String(context.key).at(-1)) throw new Error('key values mismatch');
      taken.push(context);
    },
  };
  const log = { info: (text: unknown) => void told.push(String(text)), warn: () => void told.push('warned') };
  const stop = renewCertificate(server, { ...files, newest: () => ({ ...files }) }, log);
  return { files, taken, told, stop };
}

it('takes a renewed certificate up within a minute, and only then', () => {
  const { files, taken, told, stop } = renewing();
  vi.advanceTimersByTime(600_000);
  expect(taken).toEqual([]);
  Object.assign(files, { cert: 'cert 2', key: 'key 2' });
  vi.advanceTimersByTime(60_000);
  expect(taken).toEqual([{ cert: 'cert 2', key: 'key 2' }]);
  vi.advanceTimersByTime(600_000);
  expect(told).toEqual(['the certificate was renewed']);
  stop();
  expect(vi.getTimerCount()).toBe(0);
});

it('goes on with the old one while the two files do not fit', () => {
  const { files, taken, told } = renewing();
  files.cert = 'cert 2';
  vi.advanceTimersByTime(180_000);
  expect([taken, told]).toEqual([[], ['warned']]);
  files.key = 'key 2';
  vi.advanceTimersByTime(60_000);
  expect(taken).toEqual([{ cert: 'cert 2', key: 'key 2' }]);
});
