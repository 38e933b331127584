import { describe, expect, it } from 'vitest';
import { withoutEmptySections } from '../../src/config/empty-section.ts';
import { jsonSchema } from '../../src/config/json-schema.ts';

describe('withoutEmptySections', () => {
  it('drops sections without a value, at any depth', () => {
    expect(withoutEmptySections({ log: null, legs: null, other: 'x' }, jsonSchema())).toEqual({ other: 'x' });
    const ours = { report: { cloudService: null, addresses: 'omit' }, log: null };
    expect(withoutEmptySections(ours, jsonSchema())).toEqual({ report: { addresses: 'omit' } });
  });

  it('keeps options and unknown keys without a value, to be refused', () => {
    expect(withoutEmptySections({ other: null, log: { level: null } }, jsonSchema())).toEqual({
      other: null,
      log: { level: null },
    });
  });

  it.each([[null], [undefined]])('takes a file of %j for an empty one', (tree) => {
    expect(withoutEmptySections(tree, jsonSchema())).toEqual({});
  });

  it.each([[5], ['x'], [['x', null]]])('leaves %j as it is', (tree) => {
    expect(withoutEmptySections(tree, jsonSchema())).toEqual(tree);
  });

  it('comes to an end with a mapping that holds itself', () => {
    const tree: Record<string, unknown> = {};
    tree['graph'] = tree;
    expect(withoutEmptySections(tree, jsonSchema())).toHaveProperty('graph.graph');
  });
});
