import { describe, expect, it } from 'vitest';
import { OtherlegError } from '../../src/model/error.ts';
import { storeFailure } from '../../src/store/failure.ts';

const path = '/var/lib/otherleg/otherleg.db';
const sqlite = (errcode: number): Error => Object.assign(new Error('it failed'), { code: 'ERR_SQLITE_ERROR', errcode });
const file = (code: string): Error => Object.assign(new Error('it failed'), { code });

describe('a failure of the store', () => {
  it.each<{ name: string; error: unknown; code: string; hint?: string }>([
    { name: 'busy', error: sqlite(5), code: 'STORE_LOCKED', hint: 'store.url' },
    { name: 'locked', error: sqlite(6), code: 'STORE_LOCKED', hint: 'store.url' },
    { name: 'busy while recovering (extended)', error: sqlite(261), code: 'STORE_LOCKED', hint: 'store.url' },
    { name: 'full', error: sqlite(13), code: 'STORE_FAILED', hint: 'free space' },
    { name: 'read-only', error: sqlite(8), code: 'STORE_FAILED', hint: 'writable' },
    { name: 'read-only directory (extended)', error: sqlite(1544), code: 'STORE_FAILED', hint: 'writable' },
    { name: 'damaged', error: sqlite(11), code: 'STORE_FAILED', hint: '.recover' },
    { name: 'no database', error: sqlite(26), code: 'STORE_FAILED', hint: '.recover' },
    { name: 'cannot open', error: sqlite(14), code: 'STORE_FAILED', hint: 'must exist' },
    { name: 'disk error (extended)', error: sqlite(778), code: 'STORE_FAILED', hint: 'kernel log' },
    { name: 'no directory', error: file('ENOENT'), code: 'STORE_FAILED', hint: 'must exist' },
    { name: 'a file in its way', error: file('ENOTDIR'), code: 'STORE_FAILED', hint: 'must exist' },
    { name: 'a link to itself', error: file('ELOOP'), code: 'STORE_FAILED', hint: 'must exist' },
    { name: 'a directory', error: file('EISDIR'), code: 'STORE_FAILED', hint: `${path}/otherleg.db` },
    { name: 'no permission', error: file('EACCES'), code: 'STORE_FAILED', hint: 'writable' },
    { name: 'read-only file system', error: file('EROFS'), code: 'STORE_FAILED', hint: 'writable' },
    { name: 'no space for a new file', error: file('ENOSPC'), code: 'STORE_FAILED', hint: 'free space' },
    { name: 'a constraint', error: sqlite(19), code: 'STORE_FAILED' },
    { name: 'anything', error: 'it failed', code: 'STORE_FAILED' },
  ])('$name says what to do', ({ error, code, hint }) => {
    const failure = storeFailure(error, path);
    expect(failure).toBeInstanceOf(OtherlegError);
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(path);
    expect(failure.cause).toBe(error);
    if (hint === undefined) expect(failure.hint).toBeUndefined();
    else expect(failure.hint).toContain(hint);
  });

  it('that has been told already is passed on', () => {
    const told = new OtherlegError('BODY_INVALID', 'no');
    expect(storeFailure(told, path)).toBe(told);
  });
});
