import { describe, expect, it } from 'vitest';
import { readYaml } from '../../src/config/yaml-file.ts';

const text = `# comment
graph:
  auth: { kind: none }
devices:
  - name: a
    match: &m
      uris:
        - one
        - two
  - match: *m
empty:
7: seven
`;

describe('the place', () => {
  const { place, problems, content } = readYaml('f.yaml', text);

  it.each<[path: PropertyKey[], part: 'key' | 'value', want: string]>([
    [['graph'], 'key', '2:1'],
    [['graph'], 'value', '3:3'],
    [['graph', 'auth', 'kind'], 'key', '3:11'],
    [['graph', 'auth', 'kind'], 'value', '3:17'],
    [['devices', 0], 'value', '5:5'],
    [['devices', 0, 'match', 'uris', 1], 'value', '9:11'],
    [['devices', 1, 'match', 'uris', 0], 'value', '8:11'],
    [['devices', 1, 'match'], 'value', '10:12'],
    [['empty'], 'value', '11:1'],
    [['7'], 'value', '12:4'],
    [['graph', 'auth', 'missing'], 'key', '3:3'],
    [['graph', 'missing', 'below'], 'key', '2:1'],
    [['devices', 5, 'name'], 'key', '4:1'],
    [['graph', 'auth', 'kind', 'below'], 'key', '3:11'],
    [['missing'], 'key', '1:1'],
    [[], 'value', '1:1'],
  ])('of %j (%s) is %s', (path, part, want) => {
    const { file, line, column } = place(path, part);
    expect(`${file} ${line}:${column}`).toBe(`f.yaml ${want}`);
  });

  it('comes with the values', () => {
    expect(problems).toEqual([]);
    expect(content?.tree).toMatchObject({ empty: null, devices: [{}, { match: { uris: ['one', 'two'] } }] });
  });
});

describe('a text that is no YAML', () => {
  it('has problems and no values', () => {
    const { content, problems } = readYaml('f.yaml', 'a: [1, 2\nb: 3\n');
    expect(content).toBeUndefined();
    expect(problems).toMatchObject([
      { file: 'f.yaml', line: 2, column: 1, reason: expect.stringContaining('not YAML') },
    ]);
  });

  it('still has values where only a key is given twice', () => {
    const { content, problems } = readYaml('f.yaml', 'a: 1\nb: { c: 1, "c": 2 }\n');
    expect(content).toBeDefined();
    expect(problems).toMatchObject([{ line: 2, column: 12, reason: 'is given twice' }]);
  });

  it('is told once a place', () => {
    const { problems } = readYaml('f.yaml', 'log: { level: "info }\n');
    expect(problems).toHaveLength(1);
  });

  it.each(['\uFEFFa: 1\n', 'a: 1\r\n', 'a: 1'])('may begin and end as %j', (each) => {
    expect(readYaml('f.yaml', each)).toMatchObject({ problems: [], content: { tree: { a: 1 } } });
  });
});
