import { type SchemaNode, shapesAt } from './option-tree.ts';

/** An option that an environment variable sets: `OTHERLEG_GRAPH__API_VERSION` is `graph.apiVersion`. */
export type Override = { readonly variable: string; readonly path: readonly string[]; readonly text: string };

const NAME = /^OTHERLEG_([A-Z0-9]+(?:_[A-Z0-9]+)*(?:__[A-Z0-9]+(?:_[A-Z0-9]+)*)+)$/;

const camelCase = (words: string): string =>
  words.toLowerCase().replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** The overrides in an environment, by name of their variables. Two underscores part the levels; one alone is not ours. */
export function overridesIn(env: NodeJS.ProcessEnv): readonly Override[] {
  const variables = Object.keys(env).filter((name) => NAME.test(name));
  return variables.toSorted().map((variable) => {
    const path = (NAME.exec(variable)?.[1] ?? '').split('__').map(camelCase);
    return { variable, path, text: env[variable] ?? '' };
  });
}

/** The tree with the overrides laid over it. What is no mapping where one is needed stays, to be refused as such. */
export function withOverrides(tree: unknown, overrides: readonly Override[], root: SchemaNode): unknown {
  return overrides.reduce((below, { path, text }) => withValue(below, path, valueIn(text, path, root)), tree);
}

function withValue(tree: unknown, path: readonly string[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const holder = tree ?? {};
  if (typeof holder !== 'object' || Array.isArray(holder)) return tree;
  const mapping = new Map<string, unknown>(Object.entries(holder));
  return Object.fromEntries(mapping.set(key, withValue(mapping.get(key), rest, value)));
}

/** Variables are text: numbers and booleans are read where the schema wants them, lists are parted by commas. */
function valueIn(text: string, path: readonly string[], root: SchemaNode): unknown {
  const types = shapesAt(root, path).map(({ type }) => type);
  if (types.includes('integer') && /^-?\d+$/.test(text)) return Number(text);
  if (types.includes('boolean') && /^(true|false)$/.test(text)) return text === 'true';
  if (types.includes('array') && text.includes(',')) return text.split(',').map((part) => part.trim());
  return text;
}
