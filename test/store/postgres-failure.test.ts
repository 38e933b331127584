import { describe, expect, it } from 'vitest';
import { OtherlegError } from '../../src/model/error.ts';
import { SharedFailure, sharedFailure } from '../../src/store/postgres-failure.ts';

const name = 'postgres://db/otherleg';
const coded = (code: string): Error => Object.assign(new Error('it failed'), { code });

describe('a failure of the shared database', () => {
  it.each<{ error: unknown; fault: string; hint: RegExp }>([
    { error: coded('ECONNREFUSED'), fault: 'away', hint: /runs and can be reached/ },
    { error: new AggregateError([coded('ECONNREFUSED'), coded('EACCES')]), fault: 'away', hint: /can be reached/ },
    { error: new Error('timeout exceeded when trying to connect'), fault: 'away', hint: /can be reached/ },
    { error: coded('28P01'), fault: 'away', hint: /store.password/ },
    { error: coded('3D000'), fault: 'away', hint: /createdb/ },
    { error: coded('42501'), fault: 'away', hint: /owner/ },
    { error: coded('53100'), fault: 'away', hint: /free space/ },
    { error: coded('53300'), fault: 'away', hint: /max_connections/ },
    { error: coded('57P01'), fault: 'away', hint: /starting or stopping/ },
    { error: coded('25006'), fault: 'away', hint: /primary/ },
    { error: coded('SELF_SIGNED_CERT_IN_CHAIN'), fault: 'away', hint: /sslrootcert/ },
    { error: coded('57014'), fault: 'busy', hint: /statement_timeout/ },
    { error: coded('40P01'), fault: 'busy', hint: /./ },
    { error: coded('23514'), fault: 'data', hint: /./ },
    { error: coded('22021'), fault: 'data', hint: /./ },
    { error: 'it failed', fault: 'away', hint: /./ },
  ])('$error.code says what to do', ({ error, fault, hint }) => {
    const failure = sharedFailure(error, name, false);
    expect(failure).toMatchObject({ code: 'STORE_FAILED', fault, outcome: 'undone', hint, cause: error });
    expect(failure.message).toContain(name);
  });

  it('is of unknown outcome while it commits', () => {
    expect(sharedFailure(coded('ECONNRESET'), name, true)).toMatchObject({ outcome: 'unknown' });
  });

  it('that has been told already is passed on', () => {
    const told = new OtherlegError('BODY_INVALID', 'no');
    expect(sharedFailure(told, name, false)).toBe(told);
    expect(sharedFailure(told, name, false)).not.toBeInstanceOf(SharedFailure);
  });
});
