import { describe, expect, it } from 'vitest';
import { jsonSchema } from '../../src/config/json-schema.ts';
import { keysAt, leafOptions, nodesAt, type SchemaNode, shapesAt } from '../../src/config/option-tree.ts';

const root: SchemaNode = {
  type: 'object',
  properties: {
    one: { type: 'string', description: 'first' },
    many: {
      description: 'a list or the place of one',
      anyOf: [
        { type: 'array', items: { type: 'object', properties: { a: { type: 'integer' }, b: { type: 'string' } } } },
        { type: 'object', properties: { include: { type: 'string' } } },
      ],
    },
    kind: {
      oneOf: [
        { type: 'object', properties: { kind: { const: 'x' }, shared: {} } },
        { type: 'object', properties: { kind: { const: 'y' }, shared: {} } },
      ],
    },
  },
};

describe('a tree of options', () => {
  it('knows the keys of every form', () => {
    expect(keysAt(root, [])).toEqual(['one', 'many', 'kind']);
    expect(keysAt(root, ['many'])).toEqual(['include']);
    expect(keysAt(root, ['many', 7])).toEqual(['a', 'b']);
    expect(keysAt(root, ['kind'])).toEqual(['kind', 'shared']);
    expect(keysAt(root, ['one'])).toEqual([]);
    expect(keysAt(root, ['nowhere', 'at', 'all'])).toEqual([]);
    expect(keysAt(root, ['__proto__'])).toEqual([]);
  });

  it('knows what a path may be, with its description', () => {
    expect(nodesAt(root, ['many'])[0]?.description).toBe('a list or the place of one');
    expect(shapesAt(root, ['many']).map(({ type }) => type)).toEqual(['array', 'object']);
    expect(shapesAt(root, ['kind', 'kind']).map((shape) => shape.const)).toEqual(['x', 'y']);
    expect(shapesAt(root, ['many', 0, 'a'])).toEqual([{ type: 'integer' }]);
  });

  it('lists every option once', () => {
    expect(leafOptions(root).map(({ path }) => path.join('.'))).toEqual([
      'one',
      'many.[].a',
      'many.[].b',
      'many.include',
      'kind.kind',
      'kind.shared',
    ]);
  });

  it('has every section of ours, each option with a description', () => {
    const options = leafOptions(jsonSchema());
    expect(options.length).toBeGreaterThan(45);
    expect(options.filter(({ node }) => node.description === undefined && node.const === undefined)).toEqual([]);
  });
});
