import { describe, expect, it } from 'vitest';
import { inFileOrder, type Problem, pathText, problemText } from '../../src/config/problem.ts';

describe('pathText', () => {
  it.each([
    [[], ''],
    [['graph'], 'graph'],
    [['devices', 0, 'match', 'uris', 12], 'devices[0].match.uris[12]'],
    [[0, 'name'], '[0].name'],
  ])('writes %j as %j', (path, want) => {
    expect(pathText(path)).toBe(want);
  });
});

describe('problemText', () => {
  const least: Problem = { file: 'a.yaml', path: '', reason: 'is wrong' };
  it.each([
    [least, 'a.yaml: is wrong'],
    [{ ...least, line: 3, column: 7 }, 'a.yaml:3:7: is wrong'],
    [{ ...least, line: 3, column: 7, path: 'log.level' }, 'a.yaml:3:7: log.level: is wrong'],
    [{ ...least, got: '5' }, 'a.yaml: is wrong (got 5)'],
    [{ ...least, got: '5', remedy: 'mend it' }, 'a.yaml: is wrong (got 5); mend it'],
  ])('%#', (problem, want) => {
    expect(problemText(problem)).toBe(want);
  });
});

describe('inFileOrder', () => {
  it('keeps the order of files and goes by line, then column', () => {
    const at = (file: string, line?: number, column?: number): Problem => ({
      file,
      path: '',
      reason: '',
      ...(line === undefined ? {} : { line }),
      ...(column === undefined ? {} : { column }),
    });
    const problems = [at('b', 9, 1), at('a', 2, 1), at('b', 2, 5), at('b', 2, 3), at('a')];
    expect(inFileOrder(problems)).toEqual([at('b', 2, 3), at('b', 2, 5), at('b', 9, 1), at('a'), at('a', 2, 1)]);
  });
});
