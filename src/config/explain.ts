import type { z } from 'zod';
import { didYouMean, plain } from './did-you-mean.ts';
import { laterKey, laterValue } from './later.ts';
import { keysAt, leafOptions, nodesAt, type SchemaNode, shapesAt } from './option-tree.ts';
import type { Problem } from './problem.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** A problem before its place in the text is known. */
export type Finding = Pick<Problem, 'reason' | 'got' | 'remedy'> & {
  readonly at: Path;
  readonly part: 'key' | 'value';
};

/** What one issue of the schema means for the person who wrote the file. */
export function explain(issue: Issue, root: SchemaNode): readonly Finding[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(issue.path, key, root));
  if (issue.code === 'invalid_union') return union(issue, root);
  const value = { at: issue.path, part: 'value' } as const;
  if (issue.code === 'invalid_type' && issue.input === undefined) return [missing(issue.path, root)];
  // A whole section that is refused is refused for what is in it.
  const isSection = issue.code === 'custom' && typeof issue.input === 'object';
  const got = isSection ? {} : shown(issue.path, issue.input, root);
  if (issue.code === 'invalid_type') return [{ ...value, reason: `must be ${kindName(issue.expected)}`, ...got }];
  if (issue.code === 'invalid_value') return [choice(issue.path, issue.input, issue.values.map(String), got)];
  const remedy = issue.code === 'custom' ? issue.params?.['remedy'] : undefined;
  return [{ ...value, reason: reasonOf(issue), ...got, ...(typeof remedy === 'string' ? { remedy } : {}) }];
}

function reasonOf(issue: Issue): string {
  if (issue.code === 'too_big' && issue.origin !== 'string') return `must be ${issue.maximum} at most`;
  if (issue.code === 'too_small' && issue.origin === 'number') return `must be ${issue.minimum} at least`;
  return issue.message;
}

function unknownKey(parent: Path, key: string, root: SchemaNode): Finding {
  const at = [...parent, key];
  const later = laterKey(at);
  if (later !== undefined) return { at, part: 'key', ...later };
  const known = keysAt(root, parent);
  if (known.includes(key)) return { at, part: 'key', reason: 'does not go with the kind chosen', remedy: 'remove it' };
  return { at, part: 'key', reason: 'is no option', remedy: meant(key, known, root) };
}

function meant(key: string, known: readonly string[], root: SchemaNode): string {
  const near = didYouMean(key, known);
  if (near !== undefined) return `did you mean ${near}?`;
  const [elsewhere, ...others] = leafOptions(root).filter(({ path }) => plain(path.at(-1) ?? '') === plain(key));
  if (elsewhere !== undefined && others.length === 0)
    return `did you mean ${elsewhere.path.join('.').replaceAll('.[]', '[]')}?`;
  return `options here: ${known.join(', ')}`;
}

function missing(at: Path, root: SchemaNode): Finding {
  const about = nodesAt(root, at).find(({ description }) => description !== undefined)?.description;
  return { at, part: 'key', reason: 'is missing', ...(about === undefined ? {} : { remedy: `give it: ${about}` }) };
}

function choice(at: Path, input: unknown, values: readonly string[], got: { got?: string }): Finding {
  const later = laterValue(at, input);
  if (later !== undefined) return { at, part: 'value', ...got, ...later };
  const near = typeof input === 'string' ? didYouMean(input, values) : undefined;
  const reason = `must be ${values.length === 1 ? '' : 'one of '}${values.join(', ')}`;
  return { at, part: 'value', reason, ...got, ...(near === undefined ? {} : { remedy: `did you mean ${near}?` }) };
}

/** Of several forms that of the right kind is meant: a list that holds a wrong item is still the list. */
function union(issue: z.core.$ZodIssueInvalidUnion, root: SchemaNode): readonly Finding[] {
  if ('discriminator' in issue) return discriminator(issue, root);
  const isOtherKind = (each: Issue): boolean => each.code === 'invalid_type' && each.path.length === 0;
  const meantForms = issue.errors.filter((errors) => !errors.some(isOtherKind));
  const [form] = meantForms;
  if (form !== undefined)
    return form.flatMap((each) => explain({ ...each, path: [...issue.path, ...each.path] }, root));
  const kinds = issue.errors.flatMap((errors) =>
    errors.filter((each) => each.code === 'invalid_type').map((each) => kindName(each.expected)),
  );
  const got = shown(issue.path, issue.input, root);
  return [{ at: issue.path, part: 'value', reason: `must be ${[...new Set(kinds)].join(' or ')}`, ...got }];
}

function discriminator(issue: z.core.$ZodIssueInvalidUnion, root: SchemaNode): readonly Finding[] {
  const key = String(issue.path.at(-1));
  const values = shapesAt(root, issue.path).flatMap((shape) =>
    shape.const === undefined ? [] : [String(shape.const)],
  );
  const holder: unknown = issue.input;
  const input = typeof holder === 'object' && holder !== null ? Reflect.get(holder, key) : undefined;
  if (input === undefined)
    return [{ at: issue.path, part: 'key', reason: 'is missing', remedy: `give it: one of ${values.join(', ')}` }];
  return [choice(issue.path, input, values, shown(issue.path, input, root))];
}

const KIND_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
};

const kindName = (kind: string): string => KIND_NAMES[kind] ?? kind;

/** A value as it may be shown; of a secret nothing is. */
function shown(path: Path, value: unknown, root: SchemaNode): { got?: string } {
  if (shapesAt(root, path).some(({ writeOnly }) => writeOnly)) return {};
  if (value === undefined) return {};
  return { got: glimpse(value) };
}

function glimpse(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a mapping' : String(value);
}
