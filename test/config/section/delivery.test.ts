import { describe, expect, it } from 'vitest';
import { delivery } from '../../../src/config/section/delivery.ts';
import { version } from '../../../src/config/version.ts';
import { reasons } from './reasons.ts';

describe('delivery', () => {
  it.each([
    ['otherleg/{version}', `otherleg/${version()}`],
    ['Contoso-CVI/2.1', 'Contoso-CVI/2.1'],
  ])('takes User-Agent %s', (userAgent, want) => {
    expect(delivery.parse({ userAgent }).userAgent).toBe(want);
  });

  it.each(['', 'otherleg', 'otherleg/', '/1', 'a b/1', 'a/1 b', 'a/1\r\nX: y', 'é/1', 'a/b/c'])(
    'refuses User-Agent %j',
    (userAgent) => {
      expect(reasons(delivery, { userAgent })).toEqual([
        'is not of the form ApplicationName/Version that Graph demands',
      ]);
    },
  );

  const order = 'must grow from firstRetry over maximumRetry to maximumAge';
  it.each([
    [{ firstRetry: '15m', maximumRetry: '15m', maximumAge: '15m' }, []],
    [{ firstRetry: '16m' }, [order]],
    [{ maximumRetry: '1h', maximumAge: '30m' }, [order]],
    [{ firstRetry: '16m', concurrency: 'x' }, ['Invalid input: expected number, received string', order]],
  ])('%j', (waits, want) => {
    expect(reasons(delivery, waits)).toEqual(want);
  });
});
