import { keysAt, type SchemaNode } from './option-tree.ts';

/**
 * A section with every option in it commented out has no value in YAML: it counts as a section of defaults. Only what
 * the schema knows as a section does; any other option without a value stays, to be refused.
 */
export function withoutEmptySections(tree: unknown, root: SchemaNode, path: readonly string[] = []): unknown {
  if (keysAt(root, path).length === 0) return tree;
  if (path.length === 0 && (tree === null || tree === undefined)) return {};
  if (typeof tree !== 'object' || tree === null || Array.isArray(tree)) return tree;
  const entries = Object.entries(tree).map(([key, value]): [string, unknown] => [
    key,
    withoutEmptySections(value, root, [...path, key]),
  ]);
  const isEmptySection = ([key, value]: [string, unknown]): boolean =>
    value === null && keysAt(root, [...path, key]).length > 0;
  return Object.fromEntries(entries.filter((entry) => !isEmptySection(entry)));
}
