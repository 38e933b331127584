/** The part of JSON Schema that this schema uses. */
export type SchemaNode = {
  readonly title?: string;
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly writeOnly?: boolean;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
};

/** An option of the schema: `devices[].match.uris`. */
export type Option = { readonly path: readonly string[]; readonly node: SchemaNode };

function alternatives(node: SchemaNode): readonly SchemaNode[] {
  const choices = node.anyOf ?? node.oneOf;
  return choices === undefined ? [node] : choices.flatMap(alternatives);
}

function child(node: SchemaNode, segment: PropertyKey): SchemaNode | undefined {
  if (typeof segment === 'number') return node.items;
  const { properties = {} } = node;
  return Object.hasOwn(properties, segment) ? properties[String(segment)] : undefined;
}

/** What the schema says of a path, once for each form that what holds it may have. */
export function nodesAt(root: SchemaNode, path: readonly PropertyKey[]): readonly SchemaNode[] {
  return path.reduce<readonly SchemaNode[]>(
    (nodes, segment) => nodes.flatMap(alternatives).flatMap((node) => child(node, segment) ?? []),
    [root],
  );
}

/** Every form that a value at a path may have. */
export function shapesAt(root: SchemaNode, path: readonly PropertyKey[]): readonly SchemaNode[] {
  return nodesAt(root, path).flatMap(alternatives);
}

/** The keys that a mapping at a path may have. */
export function keysAt(root: SchemaNode, path: readonly PropertyKey[]): readonly string[] {
  return [...new Set(shapesAt(root, path).flatMap(({ properties = {} }) => Object.keys(properties)))];
}

/** Every option that is no mapping itself, each once, `[]` standing for any item of a list. */
export function leafOptions(root: SchemaNode, path: readonly string[] = []): readonly Option[] {
  const found = alternatives(root).flatMap((node) => {
    if (node.properties !== undefined)
      return Object.entries(node.properties).flatMap(([key, below]) => leafOptions(below, [...path, key]));
    const inside = node.items === undefined ? [] : alternatives(node.items).filter(({ properties }) => properties);
    return inside.length === 0
      ? [{ path, node: root }]
      : inside.flatMap((below) => leafOptions(below, [...path, '[]']));
  });
  return [...new Map(found.map((option) => [option.path.join('.'), option])).values()];
}
