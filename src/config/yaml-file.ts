import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';
import type { Place, Problem } from './problem.ts';

/** A YAML text as plain values, with the way back from an option to its place in the text. */
export type YamlFile = {
  /** Absent where the text is no YAML: then only its problems count. */
  readonly content?: { readonly tree: unknown };
  readonly problems: readonly Problem[];
  /** Place of an option's value, or of its key; of a missing option that of what should hold it. */
  readonly place: (path: readonly PropertyKey[], part: 'key' | 'value') => Place;
};

/** Where our words say it better than the parser's. */
const REASONS: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'is given twice',
  MULTIPLE_DOCS: 'more than one YAML document in the file',
  RESOURCE_EXHAUSTION: 'nested too deep',
  TAG_RESOLVE_FAILED: 'a YAML tag (!…) that means nothing here',
};

/** Reads a YAML text. Never throws: what is wrong with it are its problems. */
export function readYaml(file: string, text: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const place: YamlFile['place'] = (path, part) => placeAt(offsetOf(document, path, part));
  const complaints = firstOfEachLine([...document.errors, ...document.warnings], lines);
  const problems: Problem[] = complaints.map((error) => ({ ...placeAt(error.pos[0]), ...described(error, text) }));
  const whole = (offset: number, reason: string): Problem => ({ ...placeAt(offset), path: '', reason });
  problems.push(...looseAliases(document).map((offset) => whole(offset, 'an alias (*…) that leads nowhere')));
  // A key given twice is the one slip after which the rest still means what it says.
  if (problems.length > complaints.length || complaints.some(({ code }) => code !== 'DUPLICATE_KEY'))
    return { problems, place };
  const content = contentOf(document);
  if (content === undefined) return { problems: [whole(0, 'aliases (*…) that multiply beyond measure')], place };
  return { content, problems, place };
}

/** What the parser says next of the same line follows from what it said first; keys given twice follow from nothing. */
function firstOfEachLine(errors: readonly YAMLError[], lines: LineCounter): readonly YAMLError[] {
  const lineOf = ({ pos }: YAMLError): number => lines.linePos(pos[0]).line;
  return errors.filter(
    (error, index) =>
      error.code === 'DUPLICATE_KEY' || errors.findIndex((other) => lineOf(other) === lineOf(error)) === index,
  );
}

/** The parser sometimes quotes the file, which may hold a secret: quotes are cut. */
function described({ code, pos, message }: YAMLError, text: string): Pick<Problem, 'path' | 'reason' | 'remedy'> {
  const reason = REASONS[code] ?? `not YAML: ${message.replace(/: .*/s, '')}`;
  const inText = /^\S\{/.test(text.slice(Math.max(0, pos[0] - 1)));
  if (inText) return { path: '', reason, remedy: `put a value with { in it in quotes: "\${env:NAME}"` };
  if (code !== 'DUPLICATE_KEY') return { path: '', reason };
  const key = /^[\w-]+/.exec(text.slice(pos[0]))?.[0] ?? '';
  return { path: key, reason, remedy: 'keep one of them' };
}

function looseAliases(document: Document): readonly number[] {
  const offsets: number[] = [];
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document) === undefined) offsets.push(alias.range?.[0] ?? 0);
    },
  });
  return offsets;
}

/** Plain values; undefined if few aliases stand for very many values. */
function contentOf(document: Document): YamlFile['content'] {
  try {
    return { tree: document.toJS({ maxAliasCount: 100 }) };
  } catch {
    return undefined;
  }
}

/** Walks down as far as the text has the path. */
function offsetOf(document: Document, path: readonly PropertyKey[], part: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let key = 0;
  let value = 0;
  for (const segment of path) {
    const holder = isAlias(node) ? node.resolve(document) : node;
    if (isMap(holder)) {
      const pair = holder.items.find((item) => isScalar(item.key) && String(item.key.value) === String(segment));
      if (pair === undefined) return key;
      node = pair.value;
      key = startOf(pair.key, key);
      value = startOf(node, key);
    } else if (isSeq(holder)) {
      node = holder.items[Number(segment)];
      key = startOf(node, key);
      value = key;
    } else return key;
  }
  return part === 'key' ? key : value;
}

/** Where a node begins; an empty one (`listen:` with nothing behind) counts as its key. */
function startOf(node: unknown, otherwise: number): number {
  if (!isNode(node) || !node.range) return otherwise;
  const [start, end] = node.range;
  return end > start ? start : otherwise;
}
