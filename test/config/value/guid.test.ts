import { describe, expect, it } from 'vitest';
import { guid } from '../../../src/config/value/guid.ts';

describe('guid', () => {
  it('takes what Microsoft calls one, in lower case', () => {
    expect(guid().parse('FFFFFFFF-0000-0000-0000-000000000001')).toBe('ffffffff-0000-0000-0000-000000000001');
  });

  it.each([
    '',
    '0',
    '{00000000-0000-0000-0000-000000000001}',
    '00000000000000000000000000000001',
    'g0000000-0000-0000-0000-000000000001',
  ])('refuses %j', (text) => {
    expect(guid().safeParse(text).success).toBe(false);
  });
});
