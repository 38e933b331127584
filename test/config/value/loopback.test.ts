import { describe, expect, it } from 'vitest';
import { isLoopback } from '../../../src/config/value/loopback.ts';

describe('isLoopback', () => {
  it.each(['127.0.0.1', '127.255.0.9', '::1', '[::1]', 'localhost', 'a.localhost'])('%s is', (host) => {
    expect(isLoopback(host)).toBe(true);
  });
  it.each(['128.0.0.1', '0.0.0.0', '::', '::2', '[fe80::1]', 'localhost.example.com', 'notlocalhost', ''])(
    '%j is not',
    (host) => {
      expect(isLoopback(host)).toBe(false);
    },
  );
});
