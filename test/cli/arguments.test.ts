import { describe, expect, it } from 'vitest';
import { noPositionals, readArguments, required, usageError } from '../../src/cli/arguments.ts';
import { OtherlegError } from '../../src/model/error.ts';

const options = {
  config: { type: 'string' },
  json: { type: 'boolean' },
  quiet: { type: 'boolean', short: 'q' },
} as const;

function complaint(action: () => unknown): Pick<OtherlegError, 'code' | 'message' | 'hint'> | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (!(error instanceof OtherlegError)) throw error;
    const { code, message, hint } = error;
    return { code, message, ...(hint === undefined ? {} : { hint }) };
  }
}

describe('readArguments', () => {
  it('reads options and what stands between them', () => {
    const { values, positionals } = readArguments('verb', ['a', '--config=x', '-q', 'b', '--', '--json'], options);
    expect({ ...values }).toEqual({ config: 'x', quiet: true });
    expect(positionals).toEqual(['a', 'b', '--json']);
  });

  it.each([
    [['--confg', 'x'], 'unknown option --confg; did you mean --config?'],
    [['--confg=x'], 'unknown option --confg; did you mean --config?'],
    [['--utterly'], 'unknown option --utterly'],
    [['-x'], 'unknown option -x'],
    [['--config'], "Option '--config <value>' argument missing"],
    [['--json=yes'], "Option '--json' does not take an argument"],
    [['--config', '--json'], "Option '--config' argument is ambiguous"],
  ])('refuses %j', (args, message) => {
    expect(complaint(() => readArguments('verb', args, options))).toEqual({
      code: 'USAGE',
      message,
      hint: 'otherleg verb --help',
    });
  });
});

describe('required', () => {
  it('answers the value, or says what is missing', () => {
    expect(required('verb', '--config FILE', 'x')).toBe('x');
    for (const value of [undefined, ''])
      expect(complaint(() => required('verb', '--config FILE', value))?.message).toBe('--config FILE is missing');
  });
});

describe('noPositionals', () => {
  it('refuses what is left over', () => {
    expect(complaint(() => noPositionals('verb', []))).toBeUndefined();
    expect(complaint(() => noPositionals('verb', ['a', 'b']))?.message).toBe('unexpected argument a b');
  });
});

describe('usageError', () => {
  it('points to the help of the verb', () => {
    expect(usageError('outbox', 'wrong')).toMatchObject({
      code: 'USAGE',
      message: 'wrong',
      hint: 'otherleg outbox --help',
    });
  });
});
